package org.jupyterrestart.supervisor;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jupyterrestart.config.Sizes;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reclaimed;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.GpuSample;

/**
 * The GPU memory of each app's tree while it runs, and how much of it is back when it has ended. Nothing is asked on a
 * machine without a GPU. What an app had is saved before it is stopped.
 */
final class GpuWatch {
    private static final System.Logger LOG = System.getLogger(GpuWatch.class.getName());

    /** Longer than a driver in use needs, and a small part of what an app has to heed TERM. */
    private static final Duration BEFORE_STOP = Duration.ofSeconds(2);

    private static final Note UNWATCHED = new Note(
            "gpu_limit_unwatched",
            "Nothing comes of its gpu_memory_limit: the driver does not tell what each process has of the GPU.",
            "In most containers it is so: have the service run on the host, or restart the app by a schedule.");

    private final Ports ports;
    private final Map<ProcessIdentity, OptionalLong> measured = new ConcurrentHashMap<>();

    /** Of those that had some. */
    private final Map<ProcessIdentity, GpuBaseline> before = new ConcurrentHashMap<>();

    private volatile Map<ProcessIdentity, GpuBaseline> saved = Map.of();

    /** Those that are being stopped: what they have becomes less, and is no baseline any more. */
    private final Set<ProcessIdentity> stopping = ConcurrentHashMap.newKeySet();

    private final Map<ProcessIdentity, Long> lastUsed = new ConcurrentHashMap<>();

    GpuWatch(Ports ports) {
        this.ports = ports;
    }

    /** It uses a GPU and has a limit there, and nobody tells how near it is. */
    Optional<Note> note(App app) {
        boolean isUntold = app.state()
                .process()
                .map(Instance::identity)
                .map(before::get)
                .filter(baseline -> baseline.own().isEmpty())
                .isPresent();
        return isUntold && app.spec().limits().gpuMemory().isPresent() ? Optional.of(UNWATCHED) : Optional.empty();
    }

    /** In bytes; empty until it was measured, and where the driver does not tell. */
    OptionalLong of(App app) {
        return app.state().process().map(Instance::identity).map(measured::get).orElse(OptionalLong.empty());
    }

    /** Of those of which it is told, in bytes. Off the loop thread. */
    Map<App, Long> measure(List<App> subjects) {
        if (ports.gpus().isAbsent() || subjects.isEmpty()) {
            measured.clear();
            return Map.of();
        }
        GpuSample sample = ports.gpus().sample();
        Map<App, Long> told = new HashMap<>();
        Set<ProcessIdentity> seen = new HashSet<>();
        for (App app : subjects) {
            Instance instance = app.state().process().orElseThrow();
            GpuBaseline now = GpuBaseline.of(instance.identity(), sample, pids(instance));
            measured.put(instance.identity(), now.own());
            now.own().ifPresent(count -> told.put(app, count));
            seen.add(instance.identity());
            if (!stopping.contains(instance.identity())) {
                note(now, sample);
            }
        }
        measured.keySet().retainAll(seen);
        return told;
    }

    /** What it has now, in bytes; empty where the driver does not tell. Off the loop thread. */
    OptionalLong now(Instance instance) {
        return ports.gpus().sample().of(pids(instance));
    }

    /** Runs {@code stop}, once it is known what the app has, or soon: at once on a machine without a GPU. */
    void beforeStop(Instance instance, Runnable stop) {
        if (ports.gpus().isAbsent() || !stopping.add(instance.identity())) {
            stop.run();
            return;
        }
        ports.clock().after(Duration.ZERO, () -> {
            try {
                ports.gpus()
                        .sampleWithin(BEFORE_STOP)
                        .ifPresent(sample -> note(GpuBaseline.of(instance.identity(), sample, pids(instance)), sample));
            } finally {
                stop.run(); // whatever a driver does, a stop is a stop
            }
        });
    }

    private void note(GpuBaseline now, GpuSample sample) {
        boolean isUser = now.own().isPresent() ? now.own().getAsLong() > 0 : hasGpuOpen(now.pids());
        if (isUser && !sample.devices().isEmpty()) {
            before.put(now.identity(), now);
            GpuBaseline known = saved.get(now.identity());
            if (known == null || !known.isLike(now)) {
                save();
            }
        }
    }

    private synchronized void save() {
        saved = Map.copyOf(before);
        try {
            ports.store().saveGpus(List.copyOf(saved.values()));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "What apps have of GPUs can't be saved: " + e);
        }
    }

    /** As the service before this one left it, of those that {@code apps} still are. */
    void resume(List<App> apps) {
        ports.store().loadGpus().stream()
                .filter(baseline -> apps.stream().anyMatch(app -> app.state().isOf(baseline.identity())))
                .forEach(baseline -> before.put(baseline.identity(), baseline));
        saved = Map.copyOf(before);
    }

    private boolean hasGpuOpen(List<Integer> pids) {
        return ports.processes().gpuHolders().stream().map(ProcessIdentity::pid).anyMatch(pids::contains);
    }

    private Set<Integer> pids(Instance instance) {
        return ports.processes().tree(instance.identity(), ActionRunner.mark(ports.home(), instance)).stream()
                .map(ProcessIdentity::pid)
                .collect(toSet());
    }

    /** Whether it had memory, of which it is not known that it is back. */
    boolean isOwing(ProcessIdentity identity) {
        return before.containsKey(identity);
    }

    /** Off the loop thread. */
    Reclaimed look(App app, ProcessIdentity identity, List<String> keep) {
        GpuBaseline had = before.get(identity);
        if (had == null) {
            return Reclaimed.whole(0);
        }
        GpuSample now = ports.gpus().sample();
        Long last = lastUsed.put(identity, now.used());
        GpuBalance balance = GpuBalance.of(had, last == null ? OptionalLong.empty() : OptionalLong.of(last), now);
        if (balance.isBack()) {
            return Reclaimed.whole(balance.returned());
        }
        List<ProcessIdentity> holders = holders(now);
        Leftovers leftovers = new Leftovers(ports);
        return new Reclaimed(
                false,
                balance.returned(),
                balance.missing(),
                names(balance.missingOn(), now),
                holders.stream().map(holder -> describe(holder, now)).toList(),
                holders.stream()
                        .filter(holder -> leftovers.isOf(app.name(), holder, keep))
                        .toList(),
                now.devices().size() < had.devices()
                        ? now.trouble().or(() -> Optional.of("a GPU that it had is not there"))
                        : Optional.empty());
    }

    /** None where there is one GPU alone. */
    private static List<String> names(List<Integer> numbers, GpuSample now) {
        return now.devices().size() == 1
                ? List.of()
                : numbers.stream()
                        .map(number -> "GPU %d (%s)"
                                .formatted(number, now.gpus().get(number).name()))
                        .toList();
    }

    /** Whom the driver names, too: another user's open files are not seen. */
    private List<ProcessIdentity> holders(GpuSample now) {
        return Stream.concat(
                        ports.processes().gpuHolders().stream(),
                        now.pids().stream().flatMap(pid -> ports.processes().identify(pid).stream()))
                .distinct()
                .toList();
    }

    private String describe(ProcessIdentity holder, GpuSample now) {
        OptionalLong bytes = now.of(Set.of(holder.pid()));
        String name = ports.processes().describe(holder);
        return bytes.isPresent() && bytes.getAsLong() > 0
                ? "%s with %s".formatted(name, Sizes.words(bytes.getAsLong()))
                : name;
    }

    void forget(ProcessIdentity identity) {
        if (before.remove(identity) != null) {
            save();
        }
        stopping.remove(identity);
        lastUsed.remove(identity);
    }
}
