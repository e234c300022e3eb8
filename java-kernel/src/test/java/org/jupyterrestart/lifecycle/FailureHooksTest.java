package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hooks;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/** What is to be done about failures, and that it is done once. */
class FailureHooksTest {
    private static final Now NOW =
            new Now(Instant.parse("2026-11-24T00:00:00Z"), Duration.ofHours(1).toNanos());
    private static final Hook PAGE = new Hook(new Hook.Deed.Run(List.of("page")), Hook.TIMEOUT, false);
    private static final AppSpec SPEC = new AppSpecBuilder("comfyui")
            .program(Program.of(List.of("python"), Optional.of(Path.of("/")), Map.of()))
            .hooks(new Hooks(List.of(), List.of(), List.of(PAGE)))
            .build();
    private static final ProcessIdentity IDENTITY = new ProcessIdentity("boot", 7, 1);

    private Step last = Step.of(App.first(SPEC, 0, NOW));

    private void happens(AppEvent event) {
        last = MACHINE.step(last.app(), event, NOW);
    }

    private void starts() {
        if (last.app().state() instanceof AppState.Queued) {
            happens(new AppEvent.TurnCome(last.app().entry(), List.of()));
        }
        happens(new AppEvent.Spawned(((AppState.Spawning) last.app().state()).marker(), IDENTITY));
    }

    private List<Action.RunFailureHooks> hooks() {
        return last.actions().stream()
                .filter(Action.RunFailureHooks.class::isInstance)
                .map(Action.RunFailureHooks.class::cast)
                .toList();
    }

    private List<Action.RunFailureHooks> hooksFor(EventType type) {
        return last.told().stream()
                .filter(told -> told.type() == type)
                .map(told -> new Action.RunFailureHooks(told, List.of(PAGE)))
                .toList();
    }

    @Test
    void restartThatCanNotStartItsAppRunsThem() {
        happens(new AppEvent.Restart(Reason.MANUAL));
        assertEquals(List.of(), hooks());
        happens(new AppEvent.NotSpawned(((AppState.Spawning) last.app().state()).marker(), "no such file"));
        assertEquals(hooksFor(EventType.RESTART_FAILED), hooks());
        assertEquals(Optional.of("comfyui-1"), hooks().getFirst().failure().restartId());
        assertEquals(Optional.of(Reason.MANUAL), hooks().getFirst().failure().reason());
    }

    @Test
    void crashLoopRunsThemWhenItIsOne() {
        happens(new AppEvent.Start());
        for (int crash = 1; crash < RestartPolicy.DEFAULT.limit(); crash++) {
            starts();
            happens(new AppEvent.Ready(IDENTITY));
            happens(new AppEvent.Exited(IDENTITY, new ExitStatus.Signal(11)));
            happens(new AppEvent.TreeChecked(IDENTITY, List.of()));
            assertEquals(List.of(), hooks());
            happens(new AppEvent.TimeUp(last.app().entry()));
        }
        starts();
        happens(new AppEvent.Ready(IDENTITY));
        happens(new AppEvent.HooksDone(last.app().entry(), List.of(), Optional.empty()));
        happens(new AppEvent.Exited(IDENTITY, new ExitStatus.Signal(11)));
        happens(new AppEvent.TreeChecked(IDENTITY, List.of()));
        assertEquals(1, hooks().size());
        assertEquals(hooksFor(EventType.APP_CRASH_LOOP), hooks());
    }

    @Test
    void appWithoutHooksRunsNone() {
        last = Step.of(App.first(
                new AppSpecBuilder("bare").program(SPEC.program().orElseThrow()).build(), 0, NOW));
        happens(new AppEvent.Restart(Reason.MANUAL));
        happens(new AppEvent.NotSpawned(((AppState.Spawning) last.app().state()).marker(), "no such file"));
        assertEquals(List.of(), hooks());
    }

    @Test
    void failureOfSuchAHookIsToldAndChangesNothing() {
        happens(new AppEvent.Start());
        App before = last.app();
        happens(new AppEvent.FailureHooksDone(List.of("Hook \"page\" ended with exit code 1")));
        assertEquals(
                new Step(
                        before,
                        List.of(Story.tell(before, EventType.HOOK_FAILED, "Hook \"page\" ended with exit code 1", NOW)),
                        List.of()),
                last);
    }
}
