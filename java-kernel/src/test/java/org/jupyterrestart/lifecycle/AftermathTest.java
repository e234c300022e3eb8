package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.OTHER;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.CheckGpus;
import org.jupyterrestart.lifecycle.Action.CheckWay;
import org.jupyterrestart.lifecycle.Action.End;
import org.jupyterrestart.lifecycle.Action.SetTimer;
import org.jupyterrestart.lifecycle.Action.Spawn;
import org.jupyterrestart.lifecycle.Action.Watch;
import org.jupyterrestart.lifecycle.AppEvent.GpusChecked;
import org.jupyterrestart.lifecycle.AppEvent.Hindered;
import org.jupyterrestart.lifecycle.AppEvent.Stop;
import org.jupyterrestart.lifecycle.AppEvent.TimeUp;
import org.jupyterrestart.lifecycle.AppEvent.TreeChecked;
import org.jupyterrestart.lifecycle.AppEvent.WayChecked;
import org.jupyterrestart.lifecycle.AppState.Blocked;
import org.jupyterrestart.lifecycle.AppState.Reclaiming;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Stopped;
import org.jupyterrestart.lifecycle.AppState.Verifying;

/** Between two processes: GPU memory on its way back, and what is in the way of a start. State, event, whole step. */
class AftermathTest {
    private static final Duration SOON = Duration.ofMillis(200);

    private static Now later(int seconds) {
        return new Now(NOW.wall().plusSeconds(seconds), NOW.nanos() + seconds * 1_000_000_000L);
    }

    private static App reclaiming() {
        return restarting(comfyUi(new Reclaiming(INSTANCE, inSeconds(35), Optional.empty())), Reason.MANUAL);
    }

    private static CheckGpus check(App app, Duration delay) {
        return new CheckGpus(app.entry(), INSTANCE, List.of(), delay);
    }

    @Test
    void memoryThatIsOwedIsWaitedForWhenTheTreeIsEmpty() {
        App verifying = comfyUi(new Verifying(INSTANCE, 0, inSeconds(10), Optional.empty(), List.of()));
        App expected = verifying.enter(new Reclaiming(INSTANCE, inSeconds(35), Optional.empty()), NOW);

        assertEquals(
                new Step(
                        expected,
                        List.of(),
                        List.of(
                                new Watch(PROCESS),
                                check(expected, Duration.ZERO),
                                new SetTimer(expected.entry(), Duration.ofSeconds(35)))),
                MACHINE.step(verifying, new TreeChecked(PROCESS, List.of(), true), NOW));
    }

    @Test
    void leftoversAreEndedAndItIsLookedAgain() {
        App app = reclaiming();
        GpusChecked missing = new GpusChecked(
                app.entry(),
                new Reclaimed(false, 0, 7, List.of(), List.of("python (pid 9)"), List.of(OTHER), Optional.empty()));

        assertEquals(
                new Step(app, List.of(), List.of(new End(List.of(OTHER), StopSequence.TERM), check(app, SOON))),
                MACHINE.step(app, missing, later(4)));
        assertEquals(
                new Step(app, List.of(), List.of(new End(List.of(OTHER), StopSequence.KILL), check(app, SOON))),
                MACHINE.step(app, missing, later(6)));
    }

    @Test
    void driverThatGivesNoAnswerHoldsUpNothing() {
        App app = reclaiming();
        App expected = app.enter(new Spawning("comfyui-" + (app.entry() + 1)), NOW);

        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        app,
                                        EventType.APP_GPU_HELD,
                                        "Whether the GPU memory that ComfyUI had is back could not be measured:"
                                                + " the GPU's driver does not answer"),
                                told(
                                        expected,
                                        EventType.RESTART_STARTING,
                                        "Starting ComfyUI",
                                        Map.of("life", "stop_start"))),
                        List.of(new Spawn("comfyui-" + (app.entry() + 1), PROGRAM))),
                MACHINE.step(app, new TimeUp(app.entry()), NOW));
    }

    private static final String WHY =
            "ComfyUI is not started: port 8188 is held by x (pid 9). It is started as soon as that is over";

    private static Obstacle obstacle() {
        return new Obstacle("port 8188 is held by x (pid 9)", List.of());
    }

    @Test
    void whatIsInTheWayIsToldAndLookedAtAgain() {
        App spawning = comfyUi(new Spawning("comfyui-1"));
        App expected = spawning.enter(new Blocked(WHY), NOW);

        assertEquals(
                new Step(
                        expected,
                        List.of(told(expected, EventType.APP_BLOCKED, WHY)),
                        List.of(new CheckWay(expected.entry(), Duration.ZERO))),
                MACHINE.step(spawning, new Hindered("comfyui-1", obstacle()), NOW));
        assertEquals(
                new Step(expected, List.of(), List.of(new CheckWay(expected.entry(), Duration.ofSeconds(1)))),
                MACHINE.step(expected, new WayChecked(expected.entry(), Optional.of(obstacle())), NOW));
    }

    @Test
    void freeWayStarts() {
        App blocked = comfyUi(new Blocked(WHY));
        App expected = blocked.enter(new Spawning("comfyui-" + (blocked.entry() + 1)), NOW);

        assertEquals(
                new Step(expected, List.of(), List.of(new Spawn("comfyui-" + (blocked.entry() + 1), PROGRAM))),
                MACHINE.step(blocked, new WayChecked(blocked.entry(), Optional.empty()), NOW));
    }

    @Test
    void stopOfWhatIsHeldBackIsObeyed() {
        App blocked = comfyUi(new Blocked(WHY));

        Step step = MACHINE.step(blocked, new Stop(), NOW);

        assertEquals(new Stopped(), step.app().state());
        assertEquals(DOWN, step.app().wanted());
    }

    @Test
    void stopBeforeTheProcessWasStartedIsObeyed() {
        App spawning = comfyUi(new Spawning("comfyui-1")).wanting(DOWN);

        assertEquals(
                new Stopped(),
                MACHINE.step(spawning, new Hindered("comfyui-1", obstacle()), NOW)
                        .app()
                        .state());
    }
}
