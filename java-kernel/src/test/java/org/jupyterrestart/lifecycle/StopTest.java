package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;
import static org.jupyterrestart.lifecycle.App.Wanted.UP_AGAIN;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.timer;
import static org.jupyterrestart.lifecycle.Samples.told;
import static org.jupyterrestart.lifecycle.Samples.watch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.CheckTree;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ExitStatus;

/** A stop: its signals, what survives them, what it calls off. */
class StopTest {
    @Test
    void termThatDoesNotWorkIsFollowedByKill() {
        App stopping = comfyUi(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()));
        App expected = stopping.enter(new Stopping(INSTANCE, 1, inSeconds(5), Optional.empty()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(),
                        List.of(watch(), new SignalTree(INSTANCE, 9, List.of()), timer(expected, 5))),
                step(stopping, new TimeUp(stopping.entry())));
    }

    @Test
    void killedAppIsVerifiedAndTheForceTold() {
        App stopping = restarting(comfyUi(new Stopping(INSTANCE, 1, inSeconds(5), Optional.empty())), Reason.MANUAL);
        App expected = stopping.enter(new Verifying(INSTANCE, 1, inSeconds(5), Optional.empty(), List.of()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(
                                stopping,
                                EventType.RESTART_VERIFYING,
                                "ComfyUI has ended",
                                Map.of("forced_after_s", 10L))),
                        List.of(watch(), new CheckTree(INSTANCE, List.of(), Duration.ZERO), timer(expected, 5))),
                step(stopping, new Exited(PROCESS, new ExitStatus.Signal(9))));
    }

    @Test
    void survivorsAreWaitedForAndAskedAfterAgain() {
        App verifying = comfyUi(new Verifying(INSTANCE, 0, inSeconds(10), Optional.empty(), List.of()));
        List<String> survivors = List.of("python3 (pid 12)");
        assertEquals(
                new Step(
                        verifying.with(new Verifying(INSTANCE, 0, inSeconds(10), Optional.empty(), survivors)),
                        List.of(),
                        List.of(new CheckTree(INSTANCE, List.of(), Duration.ofMillis(200)))),
                step(verifying, new TreeChecked(PROCESS, survivors)));
    }

    @Test
    void stopPreemptsARestart() {
        App draining = restarting(comfyUi(new Draining(INSTANCE, inSeconds(1), false, List.of())), Reason.MANUAL);
        App off = draining.withRestart(Optional.empty()).wanting(DOWN);
        App expected = off.enter(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        draining,
                                        EventType.RESTART_CALLED_OFF,
                                        "The restart of ComfyUI is called off: it is stopped"),
                                told(off, EventType.APP_STOPPING, "Stopping ComfyUI")),
                        List.of(watch(), new SignalTree(INSTANCE, 15, List.of()), timer(expected, 10))),
                step(draining, new Stop()));
    }

    @Test
    void stopForNowIsUndoneByTheNextServiceAndNoOther() {
        App down = step(jupyterLab(new Running(INSTANCE)), new Stop(true)).app();
        assertEquals(
                List.of(UP_AGAIN, UP),
                List.of(down.wanted(), down.forNextService().wanted()));
        App forGood = step(down, new Stop()).app();
        assertEquals(
                List.of(DOWN, DOWN),
                List.of(forGood.wanted(), forGood.forNextService().wanted()));
    }

    @Test
    void leavingAppThatEndsIsStoppedAndNoCrash() {
        App leaving = jupyterLab(new Leaving(INSTANCE, inSeconds(60))).wanting(DOWN);
        App expected = leaving.withPlanned(Optional.empty()).enter(new Stopped(), NOW);
        assertEquals(
                new Step(expected, List.of(told(leaving, EventType.APP_STOPPED, "JupyterLab is stopped")), List.of()),
                step(leaving, new Exited(PROCESS, new ExitStatus.Unknown())));
    }

    @Test
    void appThatIsBeingStartedAsTheServiceTakesItAlongIsUpAgainWithTheNext() {
        App starting = comfyUi(new Spawning("comfyui-1"));
        App stopped = step(starting, new Stop(true)).app();
        App stopping = step(stopped, new Spawned("comfyui-1", PROCESS)).app();
        assertEquals(
                List.of(UP_AGAIN, "stopping"),
                List.of(stopping.wanted(), stopping.state().wireName()));
    }
}
