package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.OTHER;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.UNREADY;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppEvent.Exited;
import org.jupyterrestart.lifecycle.AppEvent.Renewed;
import org.jupyterrestart.lifecycle.AppState.AwaitingIdle;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Starting;
import org.jupyterrestart.lifecycle.AppState.Stopped;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.AppState.Waiting;
import org.jupyterrestart.process.ExitStatus;

/** Restarts that an app makes by itself, as ComfyUI-Manager does. */
class OwnRestartTest {
    private static final Exited TO_START_AGAIN = new Exited(PROCESS, new ExitStatus.Code(0), true, true);
    private static final Map<String, Object> NEXT_RESTART = Map.of("next_restart", Samples.NEXT.toString());

    private static List<EventType> types(Step step) {
        return step.told().stream().map(EventDraft::type).toList();
    }

    @Test
    void execInPlaceIsARestartOfTheSameProcess() {
        App running = comfyUi(new Running(INSTANCE));
        App begun = restarting(running, Reason.SELF);
        App expected = begun.enter(new Starting(UNREADY, inSeconds(120)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(begun, EventType.RESTART_INITIATED, "Self restart of ComfyUI", NEXT_RESTART),
                                told(
                                        expected,
                                        EventType.RESTART_STARTING,
                                        "ComfyUI has replaced its own program and starts anew",
                                        Map.of("life", "in_place"))),
                        List.of(
                                new Action.EndProbe(),
                                new Action.Watch(PROCESS),
                                new Action.SetTimer(expected.entry(), Duration.ofSeconds(120)))),
                step(running, new Renewed(PROCESS)));
    }

    @Test
    void execInPlaceTakesThePlaceOfARestartThatWaits() {
        App waiting = restarting(
                comfyUi(new AwaitingIdle(INSTANCE, inSeconds(1800), Optional.of("a prompt"))), Reason.SCHEDULED);
        Step step = step(waiting, new Renewed(PROCESS));
        assertEquals(new Starting(UNREADY, inSeconds(120)), step.app().state());
        assertEquals(
                List.of(EventType.RESTART_CALLED_OFF, EventType.RESTART_INITIATED, EventType.RESTART_STARTING),
                types(step));
    }

    @Test
    void execWhileItIsBeingEndedChangesNothing() {
        App stopping = restarting(comfyUi(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty())), Reason.MANUAL);
        assertEquals(Step.of(stopping), step(stopping, new Renewed(PROCESS)));
        App running = comfyUi(new Running(INSTANCE));
        assertEquals(Step.of(running), step(running, new Renewed(OTHER)));
    }

    @Test
    void endWithTheWordIsFollowedByAStartAtOnce() {
        Step step = step(comfyUi(new Running(INSTANCE)), TO_START_AGAIN);
        assertEquals(Optional.of(Reason.SELF), step.app().restart().map(RestartRun::reason));
        assertEquals(
                List.of(EventType.RESTART_INITIATED, EventType.RESTART_VERIFYING, EventType.RESTART_STARTING),
                types(step));
        Spawning spawning = (Spawning) step.app().state();
        assertEquals(List.of(new Action.Spawn(spawning.marker(), PROGRAM)), step.actions());
    }

    @Test
    void firstStartThatInstallsSomethingIsTwoStarts() {
        Step step = step(comfyUi(new Starting(UNREADY, inSeconds(120))), TO_START_AGAIN);
        assertEquals(Spawning.class, step.app().state().getClass());
        assertEquals(Optional.of(Reason.SELF), step.app().restart().map(RestartRun::reason));
        App restarted = restarting(comfyUi(new Starting(UNREADY, inSeconds(120))), Reason.MANUAL);
        assertEquals(
                Optional.of(Reason.MANUAL),
                step(restarted, TO_START_AGAIN).app().restart().map(RestartRun::reason));
    }

    @Test
    void startThatNeverGetsReadyForThatIsACrashLoop() {
        App app = comfyUi(new Starting(UNREADY, inSeconds(120)));
        for (int start = 1; start < RestartPolicy.DEFAULT.limit(); start++) {
            Step step = step(app, TO_START_AGAIN);
            assertEquals(Spawning.class, step.app().state().getClass());
            app = step.app().enter(new Starting(UNREADY, inSeconds(120)), NOW);
        }
        Step last = step(app, TO_START_AGAIN);
        assertEquals(Waiting.class, last.app().state().getClass());
        assertEquals(EventType.APP_CRASH_LOOP, last.told().getLast().type());
    }

    @Test
    void appThatIsNotWantedIsNotStartedAgain() {
        App stopping = comfyUi(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()))
                .wanting(DOWN);
        assertEquals(new Stopped(), step(stopping, TO_START_AGAIN).app().state());
    }

    @Test
    void endWithoutTheWordIsTheEnd() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Exited(PROCESS, new ExitStatus.Code(0), true));
        assertEquals(new Stopped(), step.app().state());
    }
}
