package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.process.ProcessIdentity;

/** The free space of the disks of apps that have a limit of it, measured off the loop thread. */
final class DiskWatch {
    private static final Duration EVERY = Duration.ofSeconds(30);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private boolean isRunning;

    DiskWatch(Ports ports, Apps apps, Loop loop) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
    }

    /** Begins, if there is a reason to. */
    void start() {
        if (!isRunning) {
            round();
        }
    }

    private void round() {
        List<App> limited = apps.all().stream()
                .filter(app -> app.spec().limits().diskMinFree().isPresent())
                .toList();
        isRunning = !limited.isEmpty();
        if (!isRunning) {
            return;
        }
        List<App> subjects = limited.stream()
                .filter(app -> app.state().process().isPresent())
                .toList();
        ports.clock().after(Duration.ZERO, () -> subjects.forEach(this::measure));
        ports.clock().after(EVERY, () -> loop.submit(this::round));
    }

    /** On a thread of the clock's. What the app holds is looked for only where it matters. */
    private void measure(App app) {
        Path folder = app.program().flatMap(Program::directory).orElse(ports.home());
        long limit = app.spec().limits().diskMinFree().orElseThrow();
        OptionalLong measured = ports.sampler().diskFree(folder);
        if (measured.isEmpty()) {
            return;
        }
        long free = measured.getAsLong();
        Instance instance = app.state().process().orElseThrow();
        long held = free < limit ? ports.sampler().deletedFiles(tree(instance), folder) : 0;
        loop.submit(
                () -> apps.handle(app.name(), new AppEvent.Measured(instance.identity(), Resource.DISK, free, held)));
    }

    private List<ProcessIdentity> tree(Instance instance) {
        return ports.processes().tree(instance.identity(), ActionRunner.mark(ports.home(), instance));
    }
}
