package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Work;

/** What running apps are busy with, asked off the loop thread while someone looks. */
final class WorkWatch {
    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Supplier<Duration> every;
    private final Map<String, Work> seen = new HashMap<>();
    private volatile long version;
    private long lastLook;
    private boolean isRunning;

    WorkWatch(Ports ports, Apps apps, Loop loop, Supplier<Duration> every) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.every = every;
    }

    /** Someone looks: asks soon, if it did not already. */
    void look() {
        lastLook = ports.clock().now().nanos();
        if (!isRunning) {
            round();
        }
    }

    /** Empty where it is idle, or was not asked. */
    Optional<String> of(App app) {
        return isAsked(app) ? Optional.ofNullable(seen.get(app.name())).flatMap(Work::busyWith) : Optional.empty();
    }

    /** Another one after each news. */
    long version() {
        return version;
    }

    private void round() {
        List<App> subjects = apps.all().stream().filter(WorkWatch::isAsked).toList();
        isRunning = !subjects.isEmpty() && ports.clock().now().nanos() - lastLook < INTEREST.toNanos();
        if (isRunning) {
            ports.clock().after(Duration.ZERO, () -> ask(subjects));
        }
    }

    /** On a thread of the clock's; the next round comes when this one is over. */
    private void ask(List<App> subjects) {
        for (App app : subjects) {
            Work work = ports.workload().ask(app, Work.Ask.LOOK);
            loop.submit(() -> take(app.name(), work));
        }
        ports.clock().after(every.get(), () -> loop.submit(this::round));
    }

    private void take(String app, Work work) {
        if (!work.equals(seen.put(app, work))) {
            version++;
        }
    }

    /** Kernels are told of by their server, while a restart waits for them. */
    private static boolean isAsked(App app) {
        return app.state() instanceof AppState.Running
                && app.spec().work() != AppSpec.Work.NONE
                && app.spec().work() != AppSpec.Work.KERNELS;
    }
}
