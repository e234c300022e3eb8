package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.process.ProcessIdentity;

/** Apps that were started while their log could not be written: what they print goes nowhere, as long as they live. */
final class LostOutput {
    private final Ports ports;
    private final Loop loop;
    private final Map<String, ProcessIdentity> started = new HashMap<>();
    private final Map<String, ProcessIdentity> lost = new HashMap<>();
    private volatile long version;

    LostOutput(Ports ports, Loop loop) {
        this.ports = ports;
        this.loop = loop;
    }

    /** An app has changed; who started by himself prints where he wants. */
    void note(App app) {
        if (app.state() instanceof AppState.Starting starting
                && !starting.instance().marker().isEmpty()) {
            ProcessIdentity process = starting.instance().identity();
            if (!process.equals(started.put(app.name(), process))) {
                ports.clock().after(Duration.ZERO, () -> look(app.name(), process));
            }
        }
    }

    /** Off the loop: a disk that fails is slow. */
    private void look(String app, ProcessIdentity process) {
        if (!ports.store().takes(log(app))) {
            loop.submit(() -> {
                lost.put(app, process);
                version++;
            });
        }
    }

    private Path log(String app) {
        return ActionRunner.output(ports.home(), app);
    }

    /** What people should know of it. */
    Optional<Note> of(App app) {
        return Optional.ofNullable(lost.get(app.name()))
                .filter(app.state()::isOf)
                .map(_ -> new Note(
                        "output_lost",
                        "What it prints is lost: %s could not be written to when it was started."
                                .formatted(log(app.name())),
                        "Make the folder writable, then restart the app."));
    }

    /** Another one after each news. */
    long version() {
        return version;
    }
}
