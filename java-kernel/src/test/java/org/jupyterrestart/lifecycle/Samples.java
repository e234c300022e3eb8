package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/** Apps, processes, moments and steps for tests of the machine. */
final class Samples {
    static final Now NOW = new Now(Instant.parse("2026-11-24T06:00:00Z"), 1_000_000_000_000L);

    /** Without a cron library: no test here goes by a line of it. */
    static final AppMachine MACHINE = new AppMachine((_, _, _) -> Optional.empty());

    static final ProcessIdentity PROCESS = new ProcessIdentity("boot", 4711, 99);
    static final ProcessIdentity OTHER = new ProcessIdentity("boot", 4711, 100);
    static final Program PROGRAM = Program.of(List.of("main"), Optional.empty(), Map.of());
    static final Instance INSTANCE = new Instance(PROCESS, "comfyui-1", NOW, Optional.of(NOW));
    static final Instance UNREADY = new Instance(PROCESS, "comfyui-1", NOW, Optional.empty());

    /** The next restart by the schedule, planned at {@link #NOW}. */
    static final Instant NEXT = Instant.parse("2026-11-24T12:00:00Z");

    static final ExitStatus CRASH = new ExitStatus.Signal(11);

    private Samples() {}

    static Step step(App app, AppEvent event) {
        return MACHINE.step(app, event, NOW);
    }

    static Action.Watch watch() {
        return new Action.Watch(PROCESS);
    }

    static Action.SetTimer timer(App app, int seconds) {
        return new Action.SetTimer(app.entry(), Duration.ofSeconds(seconds));
    }

    static AppSpecBuilder comfyUi() {
        return new AppSpecBuilder("comfyui").title("ComfyUI").program(PROGRAM);
    }

    /** ComfyUI, stopped and started. */
    static App comfyUi(AppState state) {
        return in(comfyUi().build(), state);
    }

    /** JupyterLab, adopted: replaces itself, can't be started by the service. */
    static App jupyterLab(AppState state) {
        AppSpec spec = new AppSpecBuilder("jupyterlab")
                .title("JupyterLab")
                .life(Life.IN_PLACE)
                .build();
        return in(spec, state).withHello(hello());
    }

    static Hello hello() {
        return new Hello(
                Life.IN_PLACE,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(8888),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static App in(AppSpec spec, AppState state) {
        return App.first(spec, 0, NOW)
                .wanting(App.Wanted.UP)
                .enter(state, NOW)
                .withPlanned(Optional.of(PlannedRestart.bySchedule(NEXT)));
    }

    static App restarting(App app, Reason reason) {
        return app.withHistory(app.history().withBegun())
                .withRestart(Optional.of(RestartRun.begin(app.name() + "-1", reason, NOW)));
    }

    static Deadline in(Duration length) {
        return Deadline.in(length, NOW);
    }

    static Deadline inSeconds(int seconds) {
        return in(Duration.ofSeconds(seconds));
    }

    static EventDraft told(App app, EventType type, String message) {
        return told(app, type, message, Map.of());
    }

    static EventDraft told(App app, EventType type, String message, Map<String, Object> data) {
        return new EventDraft(
                NOW.wall(),
                Optional.of(app.name()),
                type,
                app.restart().map(RestartRun::id),
                app.restart().map(RestartRun::reason),
                message,
                data);
    }
}
