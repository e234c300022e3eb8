package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NEXT;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppEvent.Respecified;
import org.jupyterrestart.lifecycle.AppState.*;

/** What an edit of the config file changes of an app that is known. */
class RespecifyingTest {
    private static final ProbeSpec PROBE = new ProbeSpec(
            new ProbeSpec.Check.Tcp("127.0.0.1", 8188), ProbeSpec.EVERY, ProbeSpec.TIMEOUT, ProbeSpec.FAILURES);
    private static final Schedule HOURLY = new Schedule.Every(Duration.ofHours(1), Schedule.Manners.PLAIN);
    private static final Instant IN_AN_HOUR = NOW.wall().plus(Duration.ofHours(1));

    private static Step respecify(App app, AppSpec spec) {
        return MACHINE.step(app, new Respecified(spec), NOW);
    }

    @Test
    void otherScheduleCountsFromNow() {
        App running = comfyUi(new Running(INSTANCE));
        AppSpec spec = Samples.comfyUi().schedule(HOURLY).build();
        assertEquals(
                Step.of(running.with(spec).withPlanned(Optional.of(PlannedRestart.bySchedule(IN_AN_HOUR)))),
                respecify(running, spec));
    }

    @Test
    void scheduleThatIsTakenOutLeavesNoPlan() {
        App running = comfyUi(new Running(INSTANCE));
        AppSpec spec = Samples.comfyUi().schedule(Schedule.never()).build();
        assertEquals(Step.of(running.with(spec).withPlanned(Optional.empty())), respecify(running, spec));
    }

    @Test
    void timeThatAUserHasSetStays() {
        App running = comfyUi(new Running(INSTANCE)).withPlanned(Optional.of(new PlannedRestart(NEXT, true, false)));
        AppSpec spec = Samples.comfyUi().schedule(HOURLY).build();
        assertEquals(Step.of(running.with(spec)), respecify(running, spec));
    }

    @Test
    void stoppedAppIsNotPlanned() {
        App stopped = comfyUi(new Stopped()).withPlanned(Optional.empty());
        AppSpec spec = Samples.comfyUi().schedule(HOURLY).build();
        assertEquals(Step.of(stopped.with(spec)), respecify(stopped, spec));
    }

    @Test
    void otherProgramTouchesNoProcess() {
        App running = comfyUi(new Running(INSTANCE));
        AppSpec spec = Samples.comfyUi()
                .program(Program.of(List.of("other"), Optional.empty(), Map.of()))
                .build();
        assertEquals(Step.of(running.with(spec)), respecify(running, spec));
    }

    /** Its server follows the events of its app, and hears of it at once. */
    @Test
    void otherLimitOfKernelsIsToldToTheServerThatHasThem() {
        App running = Samples.jupyterLab(new Running(INSTANCE));
        Limits limits =
                new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(5L << 30));
        AppSpec spec = new AppSpecBuilder("jupyterlab")
                .title("JupyterLab")
                .life(Life.IN_PLACE)
                .limits(limits)
                .build();
        assertEquals(
                new Step(
                        running.with(spec),
                        List.of(told(
                                running,
                                EventType.KERNEL_LIMIT_CHANGED,
                                "The kernels of JupyterLab have a memory limit of 5 GB each now",
                                Map.of("limit_bytes", 5L << 30))),
                        List.of()),
                respecify(running, spec));
        assertEquals(
                List.of(told(
                        running,
                        EventType.KERNEL_LIMIT_CHANGED,
                        "The kernels of JupyterLab have no memory limit any more",
                        Map.of())),
                respecify(running.with(spec), running.spec()).told());
    }

    @Test
    void switchOfTheFileCountsWhenItIsEdited() {
        App running = comfyUi(new Running(INSTANCE));
        AppSpec spec = Samples.comfyUi().enabled(false).build();
        App disabled = running.with(spec).enabled(false);
        assertEquals(
                new Step(
                        disabled,
                        List.of(told(running, EventType.APP_DISABLED, "Automatic restarts of ComfyUI are off")),
                        List.of()),
                respecify(running, spec));
    }

    @Test
    void switchOfTheUserStaysWhenAnythingElseIsEdited() {
        App disabled = comfyUi(new Running(INSTANCE)).enabled(false);
        AppSpec spec = Samples.comfyUi().notice(Duration.ofMinutes(2)).build();
        assertEquals(Step.of(disabled.with(spec)), respecify(disabled, spec));
    }

    @Test
    void newProbeBeginsAtOnceAndARemovedOneEnds() {
        App running = comfyUi(new Running(INSTANCE));
        AppSpec probed = Samples.comfyUi().probe(PROBE).build();
        assertEquals(
                new Step(running.with(probed), List.of(), List.of(new Action.Probe(INSTANCE, PROBE))),
                respecify(running, probed));
        AppSpec unprobed = Samples.comfyUi().build();
        assertEquals(
                new Step(running.with(unprobed), List.of(), List.of(new Action.EndProbe())),
                respecify(running.with(probed), unprobed));
    }

    @Test
    void appThatIsDownIsTriedAgainWithWhatWasPutRight() {
        AppSpec spec = Samples.comfyUi()
                .program(Program.of(List.of("other"), Optional.empty(), Map.of()))
                .build();
        for (AppState state : List.of(new Failed("it is down"), new Waiting("it crashed", inSeconds(600)))) {
            App tried = respecify(comfyUi(state), spec).app();
            assertEquals(
                    List.of(new Spawning("comfyui-2"), Optional.of(Reason.CONFIG)),
                    List.of(tried.state(), tried.restart().map(RestartRun::reason)));
        }
        App unwanted = comfyUi(new Failed("it is down")).wanting(App.Wanted.DOWN);
        assertEquals(Step.of(unwanted.with(spec)), respecify(unwanted, spec));
    }

    @Test
    void probeOfAnAppThatIsOnItsWayDownDoesNotBegin() {
        App stopping = comfyUi(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()));
        AppSpec probed = Samples.comfyUi().probe(PROBE).build();
        assertEquals(
                new Step(stopping.with(probed), List.of(), List.of(new Action.EndProbe())),
                respecify(stopping, probed));
    }
}
