package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.supervisor.AppPlan;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.workload.Workload;

/** What those who look are told of an app's queue, on a virtual clock. */
class WorkWatchTest {
    private static final Optional<String> ONE = Optional.of("Busy: 1 prompt in its queue");

    private Work work = Work.busy("1 prompt in its queue");
    private int asked;
    private Stage stage;

    @BeforeEach
    void start() {
        Workload queue = new Workload() {
            @Override
            public Work ask(App app, Work.Ask ask) {
                asked++;
                return work;
            }

            @Override
            public void told(String app, Work told) {}
        };
        AppSpecBuilder app = new AppSpecBuilder("comfyui")
                .preset("comfyui")
                .program(Program.of(List.of("comfyui"), Optional.empty(), Map.of()));
        stage = new Stage(new Config(Config.Service.DEFAULT, List.of(app.build()), List.of()), queue);
    }

    private Optional<String> told() {
        return stage.view("comfyui").flatMap(AppView::message);
    }

    @Test
    void whoGoesOnLookingIsToldWhatItIsBusyWith() {
        assertEquals(Optional.empty(), told());
        stage.pass(Duration.ofSeconds(1));
        assertEquals(ONE, told());
        work = Work.NONE;
        stage.pass(Duration.ofSeconds(6));
        assertEquals(Optional.empty(), told());
    }

    @Test
    void planSaysWhatARestartKeeps() throws Exception {
        told();
        stage.pass(Duration.ofSeconds(1));
        assertEquals(
                List.of("put its queue back, in order; now: 1 prompt in its queue", "no hooks to run"),
                stage.supervisor.plan(Optional.empty(), 1).getFirst().steps().stream()
                        .filter(step -> step.step().equals("restoring"))
                        .map(AppPlan.PlanStep::what)
                        .toList());
    }

    @Test
    void whatTheOneWhoLookedHoursAgoWasToldIsNotToldAgain() {
        told();
        stage.pass(Duration.ofSeconds(1));
        assertEquals(ONE, told());
        stage.pass(Duration.ofHours(2));
        work = Work.NONE;
        assertEquals(Optional.empty(), told());
    }

    @Test
    void queueOfAProgramThatHasEndedIsNotToldOfTheNext() {
        told();
        stage.pass(Duration.ofSeconds(1));
        assertEquals(ONE, told());
        work = Work.NONE;
        stage.os.exit(stage.os.rootOf("comfyui").orElseThrow().identity(), new ExitStatus.Code(1));
        stage.pass(Duration.ofMillis(1500));
        assertEquals(List.of("running", Optional.empty()), List.of(stage.state("comfyui"), told()));
    }

    @Test
    void whoLooksSecondsAfterAnotherIsToldOfNow() {
        told();
        stage.pass(Duration.ofSeconds(1));
        assertEquals(ONE, told());
        stage.pass(Duration.ofMillis(1));
        work = Work.NONE;
        stage.pass(Duration.ofSeconds(2));
        told(); // asks, and in the real world waits for the answer
        stage.pass(Duration.ofMillis(1));
        assertEquals(Optional.empty(), told());
    }

    @Test
    void nobodyIsAskedWhileNobodyLooks() {
        told();
        stage.pass(Duration.ofMinutes(2));
        int before = asked;
        stage.pass(Duration.ofHours(1));
        assertEquals(before, asked);
        told();
        stage.pass(Duration.ofSeconds(1));
        assertEquals(ONE, told());
    }
}
