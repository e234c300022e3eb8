package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.workload.Workload;

/** A machine whose end is foretold, on a virtual clock. */
class MachineEndTest {
    /** An hour after the virtual clock begins. */
    private static final Duration END = Duration.ofHours(2);

    private final List<String> asked = new ArrayList<>();
    private Stage stage;

    private final Workload queue = new Workload() {
        @Override
        public Work ask(App app, Work.Ask ask) {
            if (ask != Work.Ask.LOOK) {
                asked.add(app.name() + " " + ask);
            }
            return Work.NONE;
        }

        @Override
        public void told(String app, Work work) {}
    };

    private static Config config(Optional<Duration> machineEndsAfter) {
        Config.Service usual = Config.Service.DEFAULT;
        Config.Service service = new Config.Service(
                usual.home(),
                usual.log(),
                usual.logMaxSize(),
                usual.logKeep(),
                usual.output(),
                usual.sampleEvery(),
                machineEndsAfter);
        return new Config(service, List.of(app("comfyui"), app("other")), List.of());
    }

    private static AppSpec app(String name) {
        return new AppSpecBuilder(name)
                .preset(name.equals("comfyui") ? "comfyui" : "generic")
                .program(Program.of(List.of(name), Optional.empty(), Map.of()))
                .build();
    }

    /** Up to two seconds after that many minutes of the last hour. */
    private void passUntil(int minute) {
        Duration until = END.minusHours(1).plusMinutes(minute).plusSeconds(2);
        stage.pass(until.minus(stage.clock.sinceBoot()));
    }

    private List<Event> told() {
        return stage.log.all().stream()
                .filter(event -> event.type() == EventType.MACHINE_ENDING || event.type() == EventType.MACHINE_STAYS)
                .toList();
    }

    private List<String> messages() {
        return told().stream().map(Event::message).toList();
    }

    private List<String> notes(String app) {
        return stage.supervisor.snapshot().apps().stream()
                .filter(view -> view.name().equals(app))
                .flatMap(view -> view.notes().stream())
                .map(Note::code)
                .toList();
    }

    private List<String> askedSince() {
        List<String> since = asked.stream().distinct().toList();
        asked.clear();
        return since;
    }

    @Test
    void fiveMinutesBeforeItIsToldOnceAndTheQueueIsHeldUntilTheEnd() {
        stage = new Stage(config(Optional.of(END)), queue);
        passUntil(54);
        assertEquals(List.of(), messages());
        assertEquals(List.of(), askedSince());
        passUntil(55);
        assertEquals(
                List.of(
                        "This machine ends in 5 min: open documents are saved, queues are held and kept for the next start"),
                messages());
        passUntil(58);
        assertEquals(List.of("comfyui DRAIN"), askedSince());
        assertEquals(List.of("queue_held"), notes("comfyui"));
        assertEquals(List.of(), notes("other"));
        passUntil(60);
        assertEquals(true, askedSince().contains("comfyui INTERRUPT"));
        assertEquals("running", stage.state("comfyui"));
    }

    @Test
    void machineThatLivesOnIsToldAndItsQueueIsNoLongerHeld() {
        stage = new Stage(config(Optional.of(END)), queue);
        passUntil(61);
        assertEquals(
                List.of(EventType.MACHINE_ENDING, EventType.MACHINE_STAYS),
                told().stream().map(Event::type).toList());
        assertEquals(List.of(), notes("comfyui"));
        askedSince();
        passUntil(120);
        assertEquals(2, told().size());
        assertEquals(List.of(), askedSince());
    }

    @Test
    void serviceThatComesBackCountsFromTheMachinesStart() {
        stage = new Stage(config(Optional.of(END)), queue);
        passUntil(30);
        stage.away(Duration.ofMinutes(27));
        stage.pass(Duration.ofSeconds(2));
        assertEquals(
                List.of(
                        "This machine ends in 3 min: open documents are saved, queues are held and kept for the next start"),
                messages());
        assertEquals(List.of("comfyui DRAIN"), askedSince());
    }

    @Test
    void sleepOfTheMachineCounts() {
        stage = new Stage(config(Optional.of(END)), queue);
        stage.clock.suspend(Duration.ofMinutes(30));
        stage.pass(Duration.ofMinutes(20));
        assertEquals(List.of(), messages());
        stage.pass(Duration.ofMinutes(7));
        assertEquals(1, told().size());
    }

    @Test
    void appThatIsStoppedIsLeftAlone() throws RefusedException {
        stage = new Stage(config(Optional.of(END)), queue);
        stage.supervisor.stop("comfyui");
        stage.pass(Duration.ofMinutes(1));
        askedSince();
        passUntil(59);
        assertEquals(List.of(), askedSince());
    }

    @Test
    void nothingHappensWhereNoEndIsForetold() {
        stage = new Stage(config(Optional.empty()), queue);
        passUntil(600);
        assertEquals(List.of(), messages());
        assertEquals(false, asked.contains("comfyui INTERRUPT"));
    }
}
