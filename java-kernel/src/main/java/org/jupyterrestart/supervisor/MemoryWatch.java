package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * The memory of each app's tree, measured off the loop thread: at intervals where there is a limit, else only while
 * someone looks.
 */
final class MemoryWatch {
    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    private static final int FAR = 6;

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Supplier<Duration> every;
    private final Forecasts forecasts;
    private final Map<ProcessIdentity, Long> measured = new HashMap<>();
    private volatile long version;
    private long lastLook;
    private boolean isLookedAt;
    private boolean isRunning;
    private Clock.Cancellable next = () -> {};

    MemoryWatch(Ports ports, Apps apps, Loop loop, Supplier<Duration> every) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.every = every;
        forecasts = new Forecasts(ports, apps);
    }

    /** Someone looks: measures soon, if it did not already. */
    void look() {
        boolean isNews = !isWatched();
        lastLook = ports.clock().now().nanos();
        isLookedAt = true;
        if (isNews) {
            next.cancel();
            round();
        }
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
        next = ports.clock().after(pace(), () -> loop.submit(this::round));
    }

    /** What is far from its limit has no need to be asked so often. */
    private Duration pace() {
        boolean isPressing = isWatched()
                || apps.all().stream().anyMatch(app -> Forecasts.isNear(app, Resource.MEMORY, of(app)));
        return isPressing ? every.get() : every.get().multipliedBy(FAR);
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
        forecasts.take(name, identity, Resource.MEMORY, bytes);
    }
}
