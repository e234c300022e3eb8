package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NEXT;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
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
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hooks;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.ListTabs;
import org.jupyterrestart.lifecycle.Action.RunHooks;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.Action.Spawn;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ExitStatus;

/** A restart from the order to its end. */
class RestartTest {
    private static final Map<String, Object> NEXT_RESTART = Map.of("next_restart", NEXT.toString());

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
                        List.of(new Spawn(marker, PROGRAM))),
                step(stopping, new Exited(PROCESS, new ExitStatus.Signal(15), true)));
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
                .keeping(Map.of(
                        "kernels",
                        3,
                        "terminals",
                        1,
                        "lost_kernels",
                        List.of("k-4"),
                        "away_s",
                        1.4,
                        "fallback",
                        "it failed"));
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
                List.of("k-4"),
                "away_s",
                1.4,
                "fallback",
                "it failed",
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
                                "JupyterLab restarted in 1.4 s: 3 kernels, 1 terminal, 2 documents kept, 1 kernel lost. It took longer, as it failed",
                                data)),
                        List.of(watch())),
                step(restoring, new HooksDone(restoring.entry(), List.of(), Optional.empty())));
    }
}
