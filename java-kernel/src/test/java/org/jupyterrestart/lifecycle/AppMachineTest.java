package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;
import static org.jupyterrestart.lifecycle.App.Wanted.UP_AGAIN;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NEXT;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.OTHER;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.UNREADY;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hooks;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.CheckTree;
import org.jupyterrestart.lifecycle.Action.ListTabs;
import org.jupyterrestart.lifecycle.Action.RunHooks;
import org.jupyterrestart.lifecycle.Action.SetTimer;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.Action.Spawn;
import org.jupyterrestart.lifecycle.Action.Watch;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ExitStatus;

/** State, event, whole step. */
class AppMachineTest {
    private static final AppMachine MACHINE = new AppMachine((_, _, _) -> Optional.empty());
    private static final Map<String, Object> NEXT_RESTART = Map.of("next_restart", NEXT.toString());
    private static final ExitStatus CRASH = new ExitStatus.Signal(11);

    private static Step step(App app, AppEvent event) {
        return MACHINE.step(app, event, NOW);
    }

    private static Watch watch() {
        return new Watch(PROCESS);
    }

    private static SetTimer timer(App app, int seconds) {
        return new SetTimer(app.entry(), Duration.ofSeconds(seconds));
    }

    @Test
    void startSpawns() {
        App stopped = comfyUi(new Stopped()).wanting(DOWN);
        App expected = comfyUi(new Stopped()).enter(new Spawning("comfyui-2"), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(expected, EventType.APP_STARTING, "Starting ComfyUI")),
                        List.of(new Spawn("comfyui-2", PROGRAM))),
                step(stopped, new Start()));
    }

    @Test
    void restartThatHasNothingToWaitForStopsTheAppAtOnce() {
        App running = comfyUi(new Running(INSTANCE));
        App begun = restarting(running, Reason.MANUAL);
        App expected = begun.enter(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(begun, EventType.RESTART_INITIATED, "Manual restart of ComfyUI", NEXT_RESTART),
                                told(begun, EventType.RESTART_PREPARING, "Preparing the restart of ComfyUI"),
                                told(begun, EventType.RESTART_DRAINING, "ComfyUI is about to be stopped"),
                                told(begun, EventType.RESTART_STOPPING, "Stopping ComfyUI")),
                        List.of(watch(), new SignalTree(INSTANCE, 15, List.of()), timer(expected, 10))),
                step(running, new Restart(Reason.MANUAL)));
    }

    @Test
    void endOfAnEmptyTreeIsFollowedByTheStartAtOnce() {
        App stopping = restarting(comfyUi(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty())), Reason.MANUAL);
        App verified = stopping.enter(new Verifying(INSTANCE, 0, inSeconds(10), Optional.empty(), List.of()), NOW);
        String marker = "comfyui-" + (verified.entry() + 1);
        assertEquals(
                new Step(
                        verified.enter(new Spawning(marker), NOW),
                        List.of(
                                told(stopping, EventType.RESTART_VERIFYING, "ComfyUI has ended"),
                                told(
                                        stopping,
                                        EventType.RESTART_STARTING,
                                        "Starting ComfyUI",
                                        Map.of("life", "stop_start"))),
                        List.of(new Action.Spawn(marker, PROGRAM))),
                step(stopping, new Exited(PROCESS, new ExitStatus.Signal(15), true)));
    }

    @Test
    void restartOfARunningAppIsPrepared() {
        Hook hook = new Hook(new Hook.Deed.Run(List.of("save")), Duration.ofSeconds(3), false);
        AppSpec spec =
                comfyUi().hooks(new Hooks(List.of(hook), List.of(), List.of())).build();
        App running = comfyUi(new Running(INSTANCE)).with(spec);
        App begun = restarting(running, Reason.MANUAL);
        App expected = begun.enter(new Preparing(INSTANCE, inSeconds(8)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(begun, EventType.RESTART_INITIATED, "Manual restart of ComfyUI", NEXT_RESTART),
                                told(begun, EventType.RESTART_PREPARING, "Preparing the restart of ComfyUI")),
                        List.of(
                                watch(),
                                new RunHooks(expected.entry(), EventType.RESTART_PREPARING, List.of(hook)),
                                timer(expected, 8))),
                step(running, new Restart(Reason.MANUAL)));
    }

    @Test
    void preparedAppAsksForItsTabs() {
        App preparing = restarting(jupyterLab(new Preparing(INSTANCE, inSeconds(5))), Reason.SCHEDULED);
        App expected = preparing.enter(new Draining(INSTANCE, inSeconds(10), false, List.of()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(preparing, EventType.RESTART_DRAINING, "JupyterLab restarts: saving documents")),
                        List.of(watch(), new ListTabs(expected.entry()), timer(expected, 10))),
                step(preparing, new HooksDone(preparing.entry(), List.of(), Optional.empty())));
    }

    @Test
    void requiredHookThatFailsCallsTheRestartOff() {
        App preparing = restarting(comfyUi(new Preparing(INSTANCE, inSeconds(5))), Reason.MANUAL);
        App expected = preparing.withRestart(Optional.empty()).enter(new Running(INSTANCE), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(preparing, EventType.HOOK_FAILED, "no space"),
                                told(
                                        preparing,
                                        EventType.RESTART_CALLED_OFF,
                                        "The restart of ComfyUI is called off: no space")),
                        List.of(watch())),
                step(preparing, new HooksDone(preparing.entry(), List.of("no space"), Optional.of("no space"))));
    }

    @Test
    void lastTabSetsTheReplacementOff() {
        App draining =
                restarting(jupyterLab(new Draining(INSTANCE, inSeconds(10), true, List.of("tab-1"))), Reason.MANUAL);
        Drained answer = new Drained("jupyterlab-1", "tab-1", List.of("a.ipynb"), List.of());
        App informed = draining.withRestart(draining.restart().map(run -> run.with(List.of("a.ipynb"), List.of())));
        App expected = informed.enter(new Replacing(INSTANCE, inSeconds(120)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        draining,
                                        EventType.RESTART_DRAINED,
                                        "A browser tab saved 1 document",
                                        Map.of("client", "tab-1", "saved", List.of("a.ipynb"), "unsaved", List.of())),
                                told(
                                        draining,
                                        EventType.RESTART_STARTING,
                                        "JupyterLab replaces itself",
                                        Map.of("life", "in_place"))),
                        List.of(watch(), timer(expected, 120))),
                step(draining, answer));
    }

    @Test
    void helloOfTheNewServerIsFollowedByItsHooks() {
        App replacing = restarting(jupyterLab(new Replacing(INSTANCE, inSeconds(120))), Reason.MANUAL);
        Map<String, Object> kept = Map.of("kernels", 3, "terminals", 1, "away_s", 1.4);
        App informed = replacing.withRestart(replacing.restart().map(run -> run.keeping(kept)));
        App expected = informed.enter(new Restoring(INSTANCE, inSeconds(5)), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(replacing, EventType.RESTART_RESTORING, "JupyterLab is back")),
                        List.of(
                                watch(),
                                new RunHooks(expected.entry(), EventType.RESTART_RESTORING, List.of()),
                                timer(expected, 5))),
                step(replacing, new Adopt(PROCESS, Samples.hello(), Optional.of("jupyterlab-1"), kept)));
    }

    @Test
    void completedRestartTellsWhatWasKept() {
        RestartRun run = RestartRun.begin("jupyterlab-1", Reason.MANUAL, NOW)
                .with(List.of("a.ipynb", "b.md"), List.of(new RestartRun.Unsaved("c.txt", "read-only")))
                .keeping(Map.of("kernels", 3, "terminals", 1, "lost_kernels", List.of(), "away_s", 1.4));
        App restoring = jupyterLab(new Restoring(INSTANCE, inSeconds(5))).withRestart(Optional.of(run));
        App done = restoring
                .withRestart(Optional.empty())
                .withHistory(restoring.history().withCompleted(new History.LastRestart(NOW.wall(), Reason.MANUAL)))
                .enter(new Running(INSTANCE), NOW);
        Map<String, Object> data = Map.of(
                "duration_s",
                0.0,
                "kernels",
                3,
                "terminals",
                1,
                "lost_kernels",
                List.of(),
                "away_s",
                1.4,
                "documents",
                2,
                "unsaved",
                List.of(Map.of("path", "c.txt", "why", "read-only")),
                "next_restart",
                NEXT.toString());
        assertEquals(
                new Step(
                        done,
                        List.of(told(
                                restoring,
                                EventType.RESTART_COMPLETED,
                                "JupyterLab restarted in 1.4 s: 3 kernels, 1 terminal, 2 documents kept",
                                data)),
                        List.of(watch())),
                step(restoring, new HooksDone(restoring.entry(), List.of(), Optional.empty())));
    }

    @Test
    void replacementThatSaysNoHelloLeavesTheOldOneRunning() {
        App replacing = restarting(jupyterLab(new Replacing(INSTANCE, inSeconds(120))), Reason.MANUAL);
        App expected = replacing.withRestart(Optional.empty()).enter(new Running(INSTANCE), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(
                                replacing,
                                EventType.RESTART_FAILED,
                                "JupyterLab was not restarted: no new one said hello within 2 min;"
                                        + " the old process lives on. Look into its log")),
                        List.of(watch())),
                step(replacing, new TimeUp(replacing.entry())));
    }

    @Test
    void drainedAppIsStopped() {
        App draining = restarting(comfyUi(new Draining(INSTANCE, inSeconds(1), false, List.of())), Reason.SCHEDULED);
        App expected = draining.enter(new Stopping(INSTANCE, 0, inSeconds(10), Optional.empty()), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(draining, EventType.RESTART_STOPPING, "Stopping ComfyUI")),
                        List.of(watch(), new SignalTree(INSTANCE, 15, List.of()), timer(expected, 10))),
                step(draining, new TabsListed(draining.entry(), List.of("tab-1"))));
    }

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
    void emptyTreeIsStartedAgain() {
        App verifying = restarting(
                comfyUi(new Verifying(INSTANCE, 0, inSeconds(10), Optional.empty(), List.of())), Reason.MANUAL);
        App expected = verifying.enter(new Spawning("comfyui-2"), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(
                                verifying,
                                EventType.RESTART_STARTING,
                                "Starting ComfyUI",
                                Map.of("life", "stop_start"))),
                        List.of(new Spawn("comfyui-2", PROGRAM))),
                step(verifying, new TreeChecked(PROCESS, List.of())));
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
    void crashIsCountedAndItsTreeVerified() {
        App running = comfyUi(new Running(INSTANCE));
        App expected = running.withHistory(running.history().withCrashes(List.of(NOW.nanos())))
                .enter(
                        new Verifying(INSTANCE, Verifying.UNSIGNALLED, inSeconds(1), Optional.of(CRASH), List.of()),
                        NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(
                                running,
                                EventType.APP_CRASHED,
                                "ComfyUI ended with signal 11",
                                Map.of("exit", "signal 11"))),
                        List.of(watch(), new CheckTree(INSTANCE, List.of(), Duration.ZERO), timer(expected, 1))),
                step(running, new Exited(PROCESS, CRASH)));
    }

    @Test
    void adoptedAppThatCrashesAndCannotBeStartedFailsWithAdvice() {
        App running = jupyterLab(new Running(INSTANCE));
        String why = "the service does not know how to start it. Start it as before, or give it a command in the config"
                + " file";
        App counted = running.withHistory(running.history().withCrashes(List.of(NOW.nanos())));
        App expected = counted.withPlanned(Optional.empty()).enter(new Failed("It is not running, and " + why), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        running,
                                        EventType.APP_CRASHED,
                                        "JupyterLab ended with signal 11",
                                        Map.of("exit", "signal 11")),
                                told(running, EventType.APP_FAILED, why)),
                        List.of()),
                step(running, new Exited(PROCESS, CRASH)));
    }

    @Test
    void serverThatHangsIsEndedAloneAndItsKernelsOutliveIt() {
        Step hung = step(respawnable(new Running(INSTANCE)), new Unhealthy(PROCESS, "no answer"));
        assertEquals(List.of(watch(), new Action.SignalMain(PROCESS, 9), timer(hung.app(), 5)), hung.actions());
        Step ended = step(hung.app(), new Exited(PROCESS, new ExitStatus.Signal(9)));
        assertInstanceOf(Spawning.class, ended.app().state());
    }

    @Test
    void serverThatSaysWhereItIsIsAskedThere() {
        assertEquals(List.of("http://127.0.0.1:8888/base/api"), askedAfterHelloAt("http://127.0.0.1:8888/base/"));
        assertEquals(List.of("https://[::1]:1/api"), askedAfterHelloAt("https://[::1]:1"));
        assertEquals(List.of("http+unix://%2Ftmp%2Flab/api"), askedAfterHelloAt("http+unix://%2Ftmp%2Flab/"));
        assertEquals(List.of(), askedAfterHelloAt("gopher://127.0.0.1/"));
    }

    private static List<String> askedAfterHelloAt(String url) {
        App starting = respawnable(new Starting(UNREADY, inSeconds(120)));
        Step up = step(starting, new Adopt(PROCESS, helloAt(url), Optional.empty(), Map.of()));
        return up.actions().stream()
                .filter(Action.Probe.class::isInstance)
                .map(action -> ((ProbeSpec.Check.LifeSign)
                                ((Action.Probe) action).spec().check())
                        .url())
                .toList();
    }

    private static App respawnable(AppState state) {
        return jupyterLab(state).withHello(helloAt("unix:"));
    }

    private static Hello helloAt(String url) {
        return new Hello(
                Life.IN_PLACE,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(8888),
                Optional.of(url),
                Optional.of(PROGRAM),
                List.of());
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

    static Stream<Arguments> nothing() {
        App running = comfyUi(new Running(INSTANCE));
        App replacing = restarting(jupyterLab(new Replacing(INSTANCE, inSeconds(120))), Reason.MANUAL);
        return Stream.of(
                arguments(running, new Exited(OTHER, CRASH)),
                arguments(running, new Start()),
                arguments(running, new TimeUp(running.entry() - 1)),
                arguments(running, new Adopt(OTHER, Samples.hello(), Optional.empty(), Map.of())),
                arguments(running, new Spawned("comfyui-1", OTHER)),
                arguments(replacing, new NotReplaced("jupyterlab-0", "an older one")),
                arguments(replacing, new Restart(Reason.SCHEDULED)),
                arguments(comfyUi(new Spawning("comfyui-9")), new Spawned("comfyui-8", OTHER)),
                arguments(comfyUi(new Starting(UNREADY, inSeconds(1))), new Start()),
                // A restart could only end it.
                arguments(jupyterLab(new Running(INSTANCE)), new Restart(Reason.HANG)));
    }

    @ParameterizedTest
    @MethodSource("nothing")
    void staleOrEmptyEventChangesNothing(App app, AppEvent event) {
        assertEquals(Step.of(app), step(app, event));
    }

    static Stream<Arguments> duties() {
        App spawning = comfyUi(new Spawning("comfyui-9"));
        App waiting = comfyUi(new Waiting("it crashed", inSeconds(8)));
        App stopping = comfyUi(new Stopping(INSTANCE, 1, inSeconds(5), Optional.empty()));
        App draining = jupyterLab(new Draining(INSTANCE, inSeconds(10), true, List.of("tab-1")));
        return Stream.of(
                arguments(spawning, List.of(new Action.Find("comfyui-9"))),
                arguments(waiting, List.of(timer(waiting, 8))),
                arguments(comfyUi(new Running(INSTANCE)), List.of(watch())),
                arguments(stopping, List.of(watch(), new SignalTree(INSTANCE, 9, List.of()), timer(stopping, 5))),
                arguments(draining, List.of(watch(), timer(draining, 10))));
    }

    @ParameterizedTest
    @MethodSource("duties")
    void serviceThatComesBackTakesUpWhereItWas(App app, List<Action> expected) {
        assertEquals(new Step(app, List.of(), expected), step(app, new Resumed()));
    }
}
