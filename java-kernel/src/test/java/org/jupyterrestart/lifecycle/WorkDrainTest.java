package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.UNREADY;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.AskWork;
import org.jupyterrestart.lifecycle.Action.RunHooks;
import org.jupyterrestart.lifecycle.Action.SetTimer;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.Action.Watch;
import org.jupyterrestart.lifecycle.AppEvent.Exited;
import org.jupyterrestart.lifecycle.AppEvent.Ready;
import org.jupyterrestart.lifecycle.AppEvent.Restart;
import org.jupyterrestart.lifecycle.AppEvent.Stop;
import org.jupyterrestart.lifecycle.AppEvent.TimeUp;
import org.jupyterrestart.lifecycle.AppEvent.Unhealthy;
import org.jupyterrestart.lifecycle.AppEvent.WorkSeen;
import org.jupyterrestart.lifecycle.AppState.DrainingWork;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.lifecycle.AppState.RestoringWork;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Starting;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.Work.Ask;
import org.jupyterrestart.process.ExitStatus;

/** ComfyUI's queue around a restart. */
class WorkDrainTest {
    private static final Map<String, Object> KEPT =
            Map.of("prompts", 17, "refused_prompts", List.of(), "parked_prompts", 0);

    private static App comfyUi(AppState state) {
        AppSpec spec = Samples.comfyUi().preset("comfyui").build();
        return Samples.comfyUi(state).with(spec);
    }

    private static App draining(Ask ask, int seconds) {
        return restarting(comfyUi(new DrainingWork(INSTANCE, inSeconds(seconds), ask)), Reason.MANUAL);
    }

    private static List<EventType> types(Step step) {
        return step.told().stream().map(EventDraft::type).toList();
    }

    @Test
    void restartHoldsTheQueueAndLetsTheRunningPromptEnd() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Restart(Reason.MANUAL));
        App expected = restarting(comfyUi(new Running(INSTANCE)), Reason.MANUAL)
                .enter(new DrainingWork(INSTANCE, inSeconds(120), Ask.DRAIN), NOW);
        assertEquals(expected, step.app());
        assertEquals(
                List.of(
                        new Watch(PROCESS),
                        new AskWork(expected.entry(), Ask.DRAIN, Duration.ZERO),
                        new SetTimer(expected.entry(), Duration.ofSeconds(120))),
                step.actions());
        assertEquals(
                List.of(EventType.RESTART_INITIATED, EventType.RESTART_PREPARING, EventType.RESTART_DRAINING),
                types(step));
    }

    @Test
    void urgentRestartInterrupts() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Restart(Reason.MANUAL, true));
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(30), Ask.INTERRUPT),
                step.app().state());
    }

    @Test
    void urgentOrderHurriesARestartThatDrains() {
        Step step = step(draining(Ask.DRAIN, 120), new Restart(Reason.MANUAL, true));
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(30), Ask.INTERRUPT),
                step.app().state());
        App interrupting = draining(Ask.INTERRUPT, 30);
        assertEquals(Step.of(interrupting), step(interrupting, new Restart(Reason.MANUAL, true)));
    }

    @Test
    void runningPromptIsAskedAfterAgainAndInterruptedWhenItsTimeIsOver() {
        App draining = draining(Ask.DRAIN, 120);
        assertEquals(
                new Step(
                        draining, List.of(), List.of(new AskWork(draining.entry(), Ask.DRAIN, Duration.ofMillis(250)))),
                step(draining, new WorkSeen(draining.entry(), Work.busy("its running prompt"))));
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(30), Ask.INTERRUPT),
                step(draining, new TimeUp(draining.entry())).app().state());
    }

    @Test
    void drainedAppIsStopped() {
        App draining = draining(Ask.DRAIN, 120);
        App kept = draining.withRestart(draining.restart().map(run -> run.keeping(Map.of("prompts", 17))));
        App expected = kept.enter(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(kept, EventType.RESTART_STOPPING, "Stopping ComfyUI")),
                        List.of(
                                new Watch(PROCESS),
                                new SignalTree(INSTANCE, 15, List.of()),
                                new SetTimer(expected.entry(), Duration.ofSeconds(10)))),
                step(draining, new WorkSeen(draining.entry(), new Work(Optional.empty(), Map.of("prompts", 17)))));
    }

    @Test
    void promptThatHeedsNoInterruptDoesNotHoldTheRestartUp() {
        App draining = draining(Ask.INTERRUPT, 30);
        assertEquals(
                new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()),
                step(draining, new TimeUp(draining.entry())).app().state());
    }

    @Test
    void appThatEndsWhileItIsDrainedIsStartedAllTheSame() {
        Step step = step(draining(Ask.DRAIN, 120), new Exited(PROCESS, new ExitStatus.Signal(9), true));
        assertEquals(List.of(EventType.RESTART_VERIFYING, EventType.RESTART_STARTING), types(step));
    }

    @Test
    void hangIsNotDrained() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Unhealthy(PROCESS, "nothing moves"));
        assertEquals(
                new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()),
                step.app().state());
    }

    @Test
    void stopParksTheQueue() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Stop());
        assertEquals(
                comfyUi(new Running(INSTANCE))
                        .wanting(DOWN)
                        .enter(new DrainingWork(INSTANCE, inSeconds(30), Ask.PARK), NOW),
                step.app());
        assertEquals("stopping", step.app().state().wireName());
        Step parked = step(step.app(), new WorkSeen(step.app().entry(), Work.NONE));
        assertEquals(
                new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()),
                parked.app().state());
        assertEquals(List.of(), parked.told());
        assertEquals(Step.of(step.app()), step(step.app(), new Stop()));
    }

    @Test
    void stopForNowLeavesTheQueueToTheNextStart() {
        Step step = step(comfyUi(new Running(INSTANCE)), new Stop(true));
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(30), Ask.INTERRUPT),
                step.app().state());
    }

    @Test
    void readyAppPutsItsQueueBackBeforeTheHooks() {
        App starting = restarting(comfyUi(new Starting(UNREADY, inSeconds(120))), Reason.CRASH);
        Step ready = step(starting, new Ready(PROCESS));
        App expected = starting.enter(new RestoringWork(INSTANCE, inSeconds(60)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(starting, EventType.RESTART_RESTORING, "ComfyUI is ready")),
                        List.of(
                                new Watch(PROCESS),
                                new AskWork(expected.entry(), Ask.RESTORE, Duration.ZERO),
                                new SetTimer(expected.entry(), Duration.ofSeconds(60)))),
                ready);
        Step back = step(expected, new WorkSeen(expected.entry(), new Work(Optional.empty(), KEPT)));
        App restored = expected.withRestart(expected.restart().map(run -> run.keeping(KEPT)));
        App hooked = restored.enter(new Restoring(INSTANCE, inSeconds(5)), NOW);
        assertEquals(
                new Step(
                        hooked,
                        List.of(),
                        List.of(
                                new Watch(PROCESS),
                                new RunHooks(hooked.entry(), EventType.RESTART_RESTORING, List.of()),
                                new SetTimer(hooked.entry(), Duration.ofSeconds(5)))),
                back);
    }

    @Test
    void completedRestartTellsOfThePrompts() {
        App restoring = restarting(comfyUi(new Restoring(INSTANCE, inSeconds(5))), Reason.MANUAL);
        App kept = restoring.withRestart(restoring.restart().map(run -> run.keeping(KEPT)));
        Step done = step(kept, new AppEvent.HooksDone(kept.entry(), List.of(), Optional.empty()));
        assertEquals(
                "ComfyUI restarted in 0.0 s: 17 prompts kept",
                done.told().getFirst().message());
        assertEquals(17, done.told().getFirst().data().get("prompts"));
    }

    @Test
    void queueThatDoesNotComeBackDoesNotHoldTheRestartUp() {
        App restoring = restarting(comfyUi(new RestoringWork(INSTANCE, inSeconds(60))), Reason.MANUAL);
        assertEquals(
                new Restoring(INSTANCE, inSeconds(5)),
                step(restoring, new TimeUp(restoring.entry())).app().state());
    }

    @Test
    void serviceThatComesBackGoesOnDraining() {
        App draining = draining(Ask.INTERRUPT, 30);
        assertEquals(
                new Step(
                        draining,
                        List.of(),
                        List.of(
                                new Watch(PROCESS),
                                new AskWork(draining.entry(), Ask.INTERRUPT, Duration.ZERO),
                                new SetTimer(draining.entry(), Duration.ofSeconds(30)))),
                step(draining, new AppEvent.Resumed()));
    }
}
