package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppEvent.Adopt;
import org.jupyterrestart.lifecycle.AppEvent.Exited;
import org.jupyterrestart.lifecycle.AppEvent.TimeUp;
import org.jupyterrestart.lifecycle.AppEvent.Unhealthy;
import org.jupyterrestart.lifecycle.AppState.Draining;
import org.jupyterrestart.lifecycle.AppState.Replacing;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.process.ExitStatus;

/** A server stands by against crashes, behind a front. */
class TakeoverTest {
    private static final Map<String, Object> KEPT = Map.of("kernels", 3, "away_s", 0.1);
    private static final Map<String, Object> IN_PLACE = Map.of("life", "in_place");

    private static Hello hello(int serving, OptionalInt standby, Optional<Program> respawn) {
        return new Hello(
                Life.IN_PLACE,
                OptionalInt.of(serving),
                standby,
                OptionalInt.of(8888),
                Optional.empty(),
                respawn,
                List.of());
    }

    private static Hello guarded() {
        return hello(10, OptionalInt.of(11), Optional.of(PROGRAM));
    }

    private static Adopt takenOver(int serving, Optional<String> restartId) {
        return new Adopt(PROCESS, hello(serving, OptionalInt.empty(), Optional.of(PROGRAM)), restartId, KEPT, true);
    }

    private static App lab(AppState state) {
        AppSpec spec = new AppSpecBuilder("jupyterlab")
                .title("JupyterLab")
                .life(Life.IN_PLACE)
                .standby(AppSpec.Standby.ALWAYS)
                .build();
        return Samples.jupyterLab(state).with(spec).withHello(guarded());
    }

    private static List<EventType> types(Step step) {
        return step.told().stream().map(EventDraft::type).toList();
    }

    @Test
    void crashIsTakenOverFromBeforeItIsHeardOf() {
        App running = lab(new Running(INSTANCE));
        Adopt adopt = takenOver(11, Optional.empty());
        Step step = step(running, adopt);

        App counted = running.withHistory(running.history().withCrashes(List.of(NOW.nanos())));
        App begun = restarting(counted, Reason.CRASH);
        App expected = begun.withHello(adopt.hello())
                .withRestart(begun.restart().map(run -> run.keeping(KEPT)))
                .enter(new Restoring(INSTANCE, inSeconds(5)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        running,
                                        EventType.APP_CRASHED,
                                        "JupyterLab ended without a word, and the server that stood by took over"),
                                told(
                                        begun,
                                        EventType.RESTART_INITIATED,
                                        "Crash restart of JupyterLab",
                                        Map.of("next_restart", Samples.NEXT.toString())),
                                told(
                                        begun,
                                        EventType.RESTART_STARTING,
                                        "The server that stands by takes over from JupyterLab",
                                        IN_PLACE),
                                told(begun, EventType.RESTART_RESTORING, "JupyterLab is back")),
                        List.of(
                                new Action.Watch(PROCESS),
                                new Action.RunHooks(expected.entry(), EventType.RESTART_RESTORING, List.of()),
                                new Action.SetTimer(expected.entry(), Duration.ofSeconds(5)))),
                step);

        Step done = step(expected, new AppEvent.HooksDone(expected.entry(), List.of(), Optional.empty()));
        assertEquals(List.of(EventType.RESTART_COMPLETED), types(done));
        assertEquals(
                Optional.of(new History.LastRestart(NOW.wall(), Reason.CRASH)),
                done.app().history().last());
    }

    @Test
    void crashThatIsToldTwiceIsOne() {
        App back = lab(new Running(INSTANCE))
                .withHello(takenOver(11, Optional.empty()).hello());
        assertEquals(List.of(EventType.APP_ADOPTED), types(step(back, takenOver(11, Optional.empty()))));
    }

    @Test
    void crashAfterCrashLeavesNoneToStandBy() {
        App app = lab(new Running(INSTANCE));
        for (int crash = 1; crash <= RestartPolicy.DEFAULT.limit(); crash++) {
            assertEquals(AppSpec.Standby.ALWAYS, app.standby(NOW));
            Step step = step(app, takenOver(10 + crash, Optional.empty()));
            assertEquals(crash == RestartPolicy.DEFAULT.limit(), types(step).contains(EventType.APP_CRASH_LOOP));
            app = MACHINE.step(step.app(), new TimeUp(step.app().entry()), NOW).app();
            assertEquals(Running.class, app.state().getClass());
        }
        assertEquals(AppSpec.Standby.RESTART, app.standby(NOW));
        Now later =
                new Now(NOW.wall(), NOW.nanos() + RestartPolicy.DEFAULT.within().toNanos() + 1);
        assertEquals(AppSpec.Standby.ALWAYS, app.standby(later));
    }

    @Test
    void crashInTheMiddleOfARestartIsToldAndTheRestartGoesOn() {
        App draining = restarting(lab(new Draining(INSTANCE, inSeconds(10), true, List.of("tab"))), Reason.SCHEDULED);
        Step step = step(draining, takenOver(11, Optional.empty()));
        assertEquals(List.of(EventType.APP_CRASHED), types(step));
        assertEquals(draining.state(), step.app().state());
        assertEquals(List.of(NOW.nanos()), step.app().history().crashes());
        assertEquals(OptionalInt.of(11), step.app().hello().orElseThrow().servingPid());
    }

    @Test
    void serverThatGoesOnInPlaceOfANewOneThatFailedSaysWhyOnce() {
        App restarted = lab(new Running(INSTANCE)).withHello(hello(10, OptionalInt.empty(), Optional.of(PROGRAM)));
        Map<String, Object> kept = Map.of("kernels", 3, "fallback", "the new server failed");
        Adopt adopt = new Adopt(PROCESS, hello(9, OptionalInt.empty(), Optional.of(PROGRAM)), Optional.of("r-1"), kept);
        Step step = step(restarted, adopt);
        assertEquals(
                List.of(told(
                        restarted,
                        EventType.APP_ADOPTED,
                        "JupyterLab goes on in another process, as the new server failed",
                        kept)),
                step.told());
        assertEquals(
                List.of("JupyterLab says hello"),
                step(step.app(), adopt).told().stream().map(EventDraft::message).toList());
    }

    @Test
    void serverThatHangsIsEndedByItsFrontAndFollowed() {
        Step hung = step(lab(new Running(INSTANCE)), new Unhealthy(PROCESS, "no answer"));
        App replacing = hung.app();
        assertEquals(new Replacing(INSTANCE, Deadline.in(Takeover.LIMIT, NOW)), replacing.state());
        assertEquals(
                List.of(
                        new Action.Watch(PROCESS),
                        new Action.SetTimer(replacing.entry(), Takeover.LIMIT),
                        new Action.SignalMain(PROCESS, Takeover.HANGS)),
                hung.actions());

        Step back = step(replacing, takenOver(11, replacing.restart().map(RestartRun::id)));
        assertEquals(List.of(EventType.RESTART_RESTORING), types(back));
        assertEquals(new Restoring(INSTANCE, inSeconds(5)), back.app().state());
        assertEquals(List.of(), back.app().history().crashes());
    }

    @Test
    void serverThatHangsIsFollowedThoughNobodyKnowsHowToStartIt() {
        App unknown = lab(new Running(INSTANCE)).withHello(hello(10, OptionalInt.of(11), Optional.empty()));
        Step hung = step(unknown, new Unhealthy(PROCESS, "no answer"));
        assertEquals(Replacing.class, hung.app().state().getClass());
    }

    @Test
    void frontIsEndedWhereNobodyTakesOver() {
        App replacing = restarting(lab(new Replacing(INSTANCE, inSeconds(10))), Reason.HANG);
        Step late = step(replacing, new TimeUp(replacing.entry()));
        assertEquals(
                new Stopping(INSTANCE, 1, inSeconds(5), Optional.empty()),
                late.app().state());
        assertEquals(
                new Action.SignalMain(PROCESS, StopSequence.KILL),
                late.actions().get(1));
    }

    @Test
    void serverIsStartedWhereTheFrontHasEnded() {
        App replacing = restarting(lab(new Replacing(INSTANCE, inSeconds(10))), Reason.HANG);
        Step ended = step(replacing, new Exited(PROCESS, new ExitStatus.Signal(9)));
        assertEquals(Spawning.class, ended.app().state().getClass());
        assertEquals(Optional.of(Reason.HANG), ended.app().restart().map(RestartRun::reason));
    }
}
