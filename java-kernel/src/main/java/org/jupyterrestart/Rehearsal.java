package org.jupyterrestart;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppMachine;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.Step;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * Lives the life of an app in memory, over and over, until the JVM has compiled what a restart needs: the first real
 * one would take a quarter of a second otherwise. Touches no file and no process.
 */
final class Rehearsal {
    /** C1 compiles a method after 200 calls. */
    private static final int LIVES = 250;

    private static final Now NOW = new Now(Instant.EPOCH, 0);
    private static final ProcessIdentity PROCESS = new ProcessIdentity("rehearsal", 1, 1);
    private static final ExitStatus CRASH = new ExitStatus.Signal(9);

    private final Machine machine = new AppMachine((_, _, _) -> Optional.empty());
    private long seq;

    private Rehearsal() {}

    /** In the background, and only with time that nobody else wants. */
    static void start() {
        Thread.ofPlatform()
                .daemon()
                .priority(Thread.MIN_PRIORITY)
                .name("rehearsal")
                .start(() -> new Rehearsal().run());
    }

    private void run() {
        AppSpec spec = new AppSpecBuilder("rehearsal")
                .program(Program.of(List.of("true"), Optional.empty(), Map.of()))
                .build();
        for (int life = 0; life < LIVES; life++) {
            App started = started(step(App.first(spec, 0, NOW), new AppEvent.Start()));
            App crashed = step(started, new AppEvent.Exited(PROCESS, CRASH, true));
            App waited = step(crashed, new AppEvent.TimeUp(crashed.entry()));
            App stopping = step(started(waited), new AppEvent.Restart(Reason.MANUAL));
            App completed = started(step(stopping, new AppEvent.Exited(PROCESS, CRASH, true)));
            step(completed, new AppEvent.Stop());
        }
    }

    private App started(App app) {
        if (app.state() instanceof AppState.Queued) {
            return started(step(app, new AppEvent.TurnCome(app.entry(), List.of())));
        }
        if (!(app.state() instanceof AppState.Spawning(String marker))) {
            return app;
        }
        App starting = step(app, new AppEvent.Spawned(marker, PROCESS));
        App up = step(starting, new AppEvent.TimeUp(starting.entry()));
        return step(up, new AppEvent.HooksDone(up.entry(), List.of(), Optional.empty()));
    }

    private App step(App app, AppEvent event) {
        Step step = machine.step(app, event, NOW);
        Json.write(step.told());
        step.told().forEach(draft -> Json.write(draft.withSeq(++seq)));
        return step.app();
    }
}
