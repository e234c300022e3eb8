package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * The memory of each app's tree, measured off the loop thread: at intervals where there is a limit, else only while
 * someone looks.
 */
final class MemoryWatch {
    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Supplier<Duration> every;
    private final Map<ProcessIdentity, Long> measured = new HashMap<>();
    private volatile long version;
    private long lastLook;
    private boolean isLookedAt;
    private boolean isRunning;

    MemoryWatch(Ports ports, Apps apps, Loop loop, Supplier<Duration> every) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.every = every;
    }

    /** Someone looks: measures soon, if it did not already. */
    void look() {
        lastLook = ports.clock().now().nanos();
        isLookedAt = true;
        start();
    }

    /** Empty until it was measured. */
    OptionalLong of(App app) {
        return app.state()
                .process()
                .map(Instance::identity)
                .map(measured::get)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** Another one after each measurement. */
    long version() {
        return version;
    }

    /** Begins, if there is a reason to. */
    void start() {
        if (!isRunning) {
            round();
        }
    }

    private void round() {
        isRunning = isWatched() || apps.all().stream().anyMatch(MemoryWatch::isLimited);
        if (!isRunning) {
            return;
        }
        List<App> subjects = subjects();
        ports.clock().after(Duration.ZERO, () -> measure(subjects));
        ports.clock().after(every.get(), () -> loop.submit(this::round));
    }

    private boolean isWatched() {
        return isLookedAt && ports.clock().now().nanos() - lastLook < INTEREST.toNanos();
    }

    private static boolean isLimited(App app) {
        return app.spec().limits().memory().isPresent();
    }

    private List<App> subjects() {
        boolean isWatched = isWatched();
        return apps.all().stream()
                .filter(app -> app.state().process().isPresent() && (isWatched || isLimited(app)))
                .toList();
    }

    /** On a thread of the clock's. */
    private void measure(List<App> subjects) {
        for (App app : subjects) {
            Instance instance = app.state().process().orElseThrow();
            String mark = ActionRunner.mark(ports.home(), instance);
            OptionalLong bytes = ports.sampler().memoryOf(ports.processes().tree(instance.identity(), mark));
            bytes.ifPresent(count -> loop.submit(() -> take(app.name(), instance.identity(), count)));
        }
    }

    private void take(String name, ProcessIdentity identity, long bytes) {
        measured.keySet()
                .removeIf(known ->
                        apps.all().stream().noneMatch(app -> app.state().isOf(known)));
        measured.put(identity, bytes);
        version++;
        apps.handle(name, new AppEvent.Measured(identity, bytes));
    }
}
