package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * The memory of each app's tree, of the machine and of its GPUs, measured off the loop thread: at intervals where there
 * is a limit, else only while someone looks.
 */
final class MemoryWatch {
    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    private static final int FAR = 6;

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final GpuWatch gpus;
    private final Supplier<Duration> every;
    private final Forecasts forecasts;
    private final Map<ProcessIdentity, Long> measured = new HashMap<>();
    private volatile long version;
    private long lastLook;
    private boolean isLookedAt;
    private boolean isRunning;

    /** Done when the first measurement for who looks now was taken. */
    private CompletableFuture<Void> firstRound = CompletableFuture.completedFuture(null);

    private Clock.Cancellable next = () -> {};

    MemoryWatch(Ports ports, Apps apps, Loop loop, GpuWatch gpus, Supplier<Duration> every) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.every = every;
        this.gpus = gpus;
        forecasts = new Forecasts(ports, apps);
    }

    /** Someone looks: measures soon, if it did not already. Done when what is told is of now. */
    CompletableFuture<Void> look() {
        boolean isNews = !isWatched();
        lastLook = ports.clock().now().nanos();
        isLookedAt = true;
        if (isNews) {
            next.cancel();
            firstRound.complete(null);
            firstRound = new CompletableFuture<>();
            round();
        }
        return firstRound;
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

    /** GPU memory; empty until it was measured, and where the driver does not tell. */
    OptionalLong gpuOf(App app) {
        return gpus.of(app);
    }

    Optional<Note> note(App app) {
        return gpus.note(app);
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
        // Once for all of them: of many apps it would take seconds at each measurement.
        Set<ProcessIdentity> known = apps.processes();
        measured.keySet().retainAll(known);
        forecasts.keep(known);
        boolean isWatched = isWatched();
        List<App> subjects = subjects();
        List<App> onGpus =
                subjects.stream().filter(app -> isWatched || isGpuLimited(app)).toList();
        CompletableFuture<Void> first = firstRound;
        ports.clock().after(Duration.ZERO, () -> {
            try {
                measure(subjects, onGpus);
            } finally {
                loop.submit(() -> first.complete(null));
            }
        });
        next = ports.clock().after(pace(), () -> loop.submit(this::round));
    }

    /** What is far from its limit has no need to be asked so often. */
    private Duration pace() {
        boolean isPressing = isWatched()
                || apps.all().stream()
                        .anyMatch(app -> Forecasts.isNear(app, Resource.MEMORY, of(app))
                                || Forecasts.isNear(app, Resource.GPU_MEMORY, gpuOf(app)));
        return isPressing ? every.get() : every.get().multipliedBy(FAR);
    }

    private boolean isWatched() {
        return isLookedAt && ports.clock().now().nanos() - lastLook < INTEREST.toNanos();
    }

    private static boolean isLimited(App app) {
        return app.spec().limits().memory().isPresent() || isGpuLimited(app);
    }

    private static boolean isGpuLimited(App app) {
        return app.spec().limits().gpuMemory().isPresent();
    }

    private List<App> subjects() {
        boolean isWatched = isWatched();
        return apps.all().stream()
                .filter(app -> app.state().process().isPresent() && (isWatched || isLimited(app)))
                .toList();
    }

    /** On a thread of the clock's. */
    private void measure(List<App> subjects, List<App> onGpus) {
        for (App app : subjects) {
            Instance instance = app.state().process().orElseThrow();
            if (!isStill(app.name(), instance)) {
                continue;
            }
            String mark = ActionRunner.mark(ports.home(), instance);
            OptionalLong bytes = ports.sampler().memoryOf(ports.processes().tree(instance.identity(), mark));
            bytes.ifPresent(count -> loop.submit(() -> take(app.name(), instance.identity(), count)));
        }
        gpus.measure(onGpus)
                .forEach((app, count) -> loop.submit(() -> {
                    version++;
                    app.state()
                            .process()
                            .ifPresent(it -> forecasts.take(app.name(), it.identity(), Resource.GPU_MEMORY, count));
                }));
    }

    /** What has ended meanwhile is looked for among all processes: in a restart of many that took most of the time. */
    private boolean isStill(String name, Instance instance) {
        return apps.find(name)
                .flatMap(app -> app.state().process())
                .map(Instance::identity)
                .equals(Optional.of(instance.identity()));
    }

    private void take(String name, ProcessIdentity identity, long bytes) {
        measured.put(identity, bytes);
        version++;
        forecasts.take(name, identity, Resource.MEMORY, bytes);
    }
}
