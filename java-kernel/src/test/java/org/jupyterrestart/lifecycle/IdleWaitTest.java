package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.in;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.AskWork;
import org.jupyterrestart.lifecycle.Action.SetTimer;
import org.jupyterrestart.lifecycle.Action.Watch;
import org.jupyterrestart.lifecycle.AppEvent.Enable;
import org.jupyterrestart.lifecycle.AppEvent.Exited;
import org.jupyterrestart.lifecycle.AppEvent.Measured;
import org.jupyterrestart.lifecycle.AppEvent.Postpone;
import org.jupyterrestart.lifecycle.AppEvent.Restart;
import org.jupyterrestart.lifecycle.AppEvent.RestartIn;
import org.jupyterrestart.lifecycle.AppEvent.Stop;
import org.jupyterrestart.lifecycle.AppEvent.Tick;
import org.jupyterrestart.lifecycle.AppEvent.TimeUp;
import org.jupyterrestart.lifecycle.AppEvent.Unhealthy;
import org.jupyterrestart.lifecycle.AppEvent.WorkSeen;
import org.jupyterrestart.lifecycle.AppState.AwaitingIdle;
import org.jupyterrestart.lifecycle.AppState.DrainingWork;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.process.ExitStatus;

/** A scheduled restart waits for an idle moment. */
class IdleWaitTest {
    private static final Map<String, Object> NEXT = Map.of("next_restart", Samples.NEXT.toString());
    private static final String PROMPTS = "3 prompts in its queue";

    private static AppSpec spec() {
        return Samples.comfyUi().preset("comfyui").build();
    }

    private static App running() {
        return Samples.comfyUi(new Running(INSTANCE)).with(spec());
    }

    private static App waiting(Optional<String> busyWith) {
        return restarting(
                        Samples.comfyUi(new AwaitingIdle(INSTANCE, in(Duration.ofMinutes(30)), busyWith)),
                        Reason.SCHEDULED)
                .with(spec());
    }

    private static List<EventType> told(Step step) {
        return step.told().stream().map(EventDraft::type).toList();
    }

    @Test
    void dueRestartLooksWhetherTheAppIsIdle() {
        App due = running().withPlanned(Optional.of(PlannedRestart.bySchedule(NOW.wall())));
        App begun = restarting(running(), Reason.SCHEDULED);
        App expected = begun.enter(AwaitingIdle.first(INSTANCE, in(Duration.ofMinutes(30))), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                Samples.told(begun, EventType.RESTART_INITIATED, "Scheduled restart of ComfyUI", NEXT),
                                Samples.told(begun, EventType.RESTART_PREPARING, "Preparing the restart of ComfyUI")),
                        List.of(
                                new Watch(PROCESS),
                                new AskWork(expected.entry(), Work.Ask.LOOK, Duration.ZERO),
                                new SetTimer(expected.entry(), Duration.ofMinutes(30)))),
                step(due, new Tick()));
    }

    @Test
    void whatIsWaitedForIsToldOnceAndLookedAtAgain() {
        App first = waiting(Optional.empty());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("busy_with", PROMPTS);
        data.put("until", "2026-11-24T06:30:00Z");
        Step seen = step(first, new WorkSeen(first.entry(), Work.busy(PROMPTS)));
        AskWork again = new AskWork(first.entry(), Work.Ask.LOOK, Duration.ofSeconds(2));
        assertEquals(
                new Step(
                        waiting(Optional.of(PROMPTS)),
                        List.of(Samples.told(
                                first,
                                EventType.RESTART_WAITING,
                                "ComfyUI restarts when it is idle, and in 30 min at the latest. It is busy: " + PROMPTS,
                                data)),
                        List.of(again)),
                seen);
        assertEquals(
                new Step(waiting(Optional.of("1 prompt in its queue")), List.of(), List.of(again)),
                step(seen.app(), new WorkSeen(first.entry(), Work.busy("1 prompt in its queue"))));
    }

    @Test
    void silenceIsNoNews() {
        App first = waiting(Optional.empty());
        assertEquals(
                new Step(first, List.of(), List.of(new AskWork(first.entry(), Work.Ask.LOOK, Duration.ofSeconds(2)))),
                step(first, new WorkSeen(first.entry(), Work.UNHEARD)));
    }

    @Test
    void idleMomentAndLimitAndOrderLetItGoOn() {
        App waiting = waiting(Optional.of(PROMPTS));
        List<EventType> expected = List.of(EventType.RESTART_DRAINING);
        for (AppEvent event : List.of(
                new WorkSeen(waiting.entry(), Work.NONE), new TimeUp(waiting.entry()), new Restart(Reason.MANUAL))) {
            Step step = step(waiting, event);
            assertEquals(expected, told(step), event.toString());
            assertEquals(
                    new DrainingWork(INSTANCE, inSeconds(120), Work.Ask.DRAIN),
                    step.app().state());
            assertEquals(waiting.restart(), step.app().restart());
        }
    }

    @Test
    void restartByHandDoesNotWait() {
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(120), Work.Ask.DRAIN),
                step(running(), new Restart(Reason.MANUAL)).app().state());
    }

    @Test
    void withoutALimitNothingIsWaitedFor() {
        App due = running()
                .with(Samples.comfyUi()
                        .preset("comfyui")
                        .whenIdle(Duration.ZERO)
                        .build())
                .withPlanned(Optional.of(PlannedRestart.bySchedule(NOW.wall())));
        assertEquals(
                new DrainingWork(INSTANCE, inSeconds(120), Work.Ask.DRAIN),
                step(due, new Tick()).app().state());
    }

    @Test
    void postponementCallsTheWaitOff() {
        Step step = step(waiting(Optional.of(PROMPTS)), new Postpone(Duration.ofHours(1)));
        Instant later = Instant.parse("2026-11-24T07:00:00Z");
        assertEquals(List.of(EventType.RESTART_CALLED_OFF, EventType.RESTART_POSTPONED), told(step));
        assertEquals(
                waiting(Optional.empty())
                        .withRestart(Optional.empty())
                        .enter(new Running(INSTANCE), NOW)
                        .withPlanned(Optional.of(PlannedRestart.bySchedule(later))),
                step.app());
    }

    @Test
    void anotherTimeAndASwitchOffCallTheWaitOff() {
        App waiting = waiting(Optional.of(PROMPTS));
        Step in = step(waiting, new RestartIn(Duration.ofHours(1)));
        assertEquals(List.of(EventType.RESTART_CALLED_OFF, EventType.RESTART_SCHEDULED), told(in));
        Step off = step(waiting, new Enable(false));
        assertEquals(List.of(EventType.RESTART_CALLED_OFF, EventType.APP_DISABLED), told(off));
        assertEquals(new Running(INSTANCE), off.app().state());
    }

    @Test
    void stopPreemptsIt() {
        Step step = step(waiting(Optional.of(PROMPTS)), new Stop());
        assertEquals(List.of(EventType.RESTART_CALLED_OFF, EventType.APP_STOPPING), told(step));
    }

    @Test
    void crashMakesItTheRestart() {
        Step step = step(waiting(Optional.of(PROMPTS)), new Exited(PROCESS, new ExitStatus.Signal(9), true));
        assertEquals(List.of(EventType.RESTART_VERIFYING, EventType.RESTART_STARTING), told(step));
        assertEquals("scheduled", step.app().restart().orElseThrow().reason().wireName());
    }

    @Test
    void hangTakesItsPlace() {
        Step step = step(waiting(Optional.of(PROMPTS)), new Unhealthy(PROCESS, "no answer"));
        assertEquals(Reason.HANG, step.app().restart().orElseThrow().reason());
        assertEquals(
                List.of(EventType.RESTART_CALLED_OFF, EventType.APP_HUNG, EventType.RESTART_INITIATED),
                told(step).subList(0, 3));
    }

    @Test
    void memoryWithinItsLimitChangesNothing() {
        App waiting = waiting(Optional.of(PROMPTS))
                .with(Samples.comfyUi()
                        .preset("comfyui")
                        .limits(new Limits(OptionalLong.of(1 << 30), OptionalLong.empty(), OptionalLong.empty()))
                        .build());
        assertEquals(Step.of(waiting), step(waiting, new Measured(PROCESS, Limits.Resource.MEMORY, 1 << 20, 0)));
    }

    @Test
    void serviceThatComesBackLooksAgain() {
        App waiting = waiting(Optional.of(PROMPTS));
        assertEquals(
                new Step(
                        waiting,
                        List.of(),
                        List.of(
                                new Watch(PROCESS),
                                new AskWork(waiting.entry(), Work.Ask.LOOK, Duration.ZERO),
                                new SetTimer(waiting.entry(), Duration.ofMinutes(30)))),
                step(waiting, new AppEvent.Resumed()));
    }

    @Test
    void answerOfAnEarlierWaitChangesNothing() {
        App waiting = waiting(Optional.empty());
        assertEquals(Step.of(waiting), step(waiting, new WorkSeen(waiting.entry() - 1, Work.NONE)));
    }
}
