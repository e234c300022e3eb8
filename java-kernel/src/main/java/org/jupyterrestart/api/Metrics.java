package org.jupyterrestart.api;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jupyterrestart.api.RestartTally.Counts;
import org.jupyterrestart.api.RestartTally.Key;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppState;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.api.wire.Wanted;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.resource.OwnUse;
import org.jupyterrestart.resource.Resources;

/** What the service knows, for Prometheus; docs/metrics.md lists it. Each name says its unit. */
final class Metrics {
    private static final String PREFIX = "jupyter_restart_";

    private final Exposition out = new Exposition();

    private Metrics() {}

    static Exposition.Text of(Snapshot now, Map<Key, Counts> counts, OwnUse own) {
        Metrics metrics = new Metrics();
        metrics.addApps(now.apps());
        metrics.addCounts(counts);
        metrics.addMachine(now.resources());
        metrics.addService(now, own);
        return metrics.out.text();
    }

    private void addApps(List<App> apps) {
        Exposition.Family states = gauge("app_state", "1 for the state that the app is in, 0 for the others.");
        for (App app : apps) {
            Arrays.stream(AppState.values())
                    .forEach(state ->
                            states.sample(state == app.state() ? 1 : 0, "app", app.name(), "state", word(state)));
        }
        each(apps, "app_wanted", "Whether the app is wanted to run.", app -> flag(app.wanted() == Wanted.UP));
        each(apps, "app_automatic_restarts", "Whether automatic restarts are on.", app -> flag(app.enabled()));
        each(apps, "app_uptime_seconds", "Time since its process was started.", App::uptimeSeconds);
        each(apps, "app_next_restart_timestamp_seconds", "When it is restarted next.", app -> time(app.nextRestart()));
        each(apps, "app_last_restart_timestamp_seconds", "When it was restarted last.", app -> time(app.lastRestart()));
        each(apps, "app_memory_bytes", "Resident memory of its process tree.", App::memoryBytes);
        each(apps, "app_gpu_memory_bytes", "GPU memory of its process tree.", App::gpuMemoryBytes);
    }

    private void addCounts(Map<Key, Counts> counts) {
        count(counts, EventType.RESTART_COMPLETED, "app_restarts_total", "Restarts that were completed, by reason.");
        count(counts, EventType.RESTART_FAILED, "app_restarts_failed_total", "Restarts that failed, by reason.");
        count(counts, EventType.APP_CRASHED, "app_crashes_total", "Ends that nobody had asked for.");
        count(counts, EventType.APP_HUNG, "app_hangs_total", "Times that probes found the app hanging.");
        Exposition.Family durations = out.family(
                PREFIX + "app_restart_duration_seconds", "summary", "How long completed restarts took, by reason.");
        counts.forEach((key, value) -> {
            if (key.type() == EventType.RESTART_COMPLETED) {
                durations.sample("_sum", value.seconds(), "app", key.app(), "reason", key.reason());
                durations.sample("_count", value.count(), "app", key.app(), "reason", key.reason());
            }
        });
    }

    private void addMachine(Resources now) {
        one("memory_used_bytes", "Memory of the machine, or of its container, in use.", now.memoryUsed());
        one("memory_total_bytes", "Memory of the machine, or of its container.", now.memoryTotal());
        one("disk_used_bytes", "Used space of the disk with the service's home.", now.diskUsed());
        one("disk_total_bytes", "Size of the disk with the service's home.", now.diskTotal());
        Exposition.Family used = gauge("gpu_memory_used_bytes", "GPU memory in use.");
        eachGpu(now, (gpu, labels) -> used.sample(gpu.memoryUsed(), labels));
        Exposition.Family total = gauge("gpu_memory_total_bytes", "GPU memory.");
        eachGpu(now, (gpu, labels) -> total.sample(gpu.memoryTotal(), labels));
        Exposition.Family busy = gauge("gpu_busy_ratio", "Part of the time in which the GPU computes, from 0 to 1.");
        eachGpu(now, (gpu, labels) -> gpu.busyPercent().ifPresent(percent -> busy.sample(percent / 100.0, labels)));
    }

    /** With its labels: two devices may have one name, and all else alike. */
    private static void eachGpu(Resources now, BiConsumer<Resources.Gpu, String[]> sample) {
        for (int i = 0; i < now.gpus().size(); i++) {
            Resources.Gpu gpu = now.gpus().get(i);
            sample.accept(gpu, new String[] {"gpu", Integer.toString(i), "name", gpu.name()});
        }
    }

    private void addService(Snapshot now, OwnUse own) {
        gauge("info", "The service.")
                .sample(1, "version", now.service().version().orElse(""));
        out.family(PREFIX + "events_total", "counter", "The seq of the last event.")
                .sample(now.seq());
        out.family("process_cpu_seconds_total", "counter", "CPU time of the service.")
                .sample(own.cpu().toMillis() / 1000.0);
        out.family("process_start_time_seconds", "gauge", "When the service was started.")
                .sample(own.started().getEpochSecond());
        own.residentBytes()
                .ifPresent(bytes -> out.family("process_resident_memory_bytes", "gauge", "Memory of the service.")
                        .sample(bytes));
    }

    private Exposition.Family gauge(String name, String help) {
        return out.family(PREFIX + name, "gauge", help);
    }

    private void one(String name, String help, OptionalLong value) {
        value.ifPresent(number -> gauge(name, help).sample(number));
    }

    private void each(List<App> apps, String name, String help, Function<App, OptionalLong> value) {
        Exposition.Family family = gauge(name, help);
        apps.forEach(app -> value.apply(app).ifPresent(number -> family.sample(number, "app", app.name())));
    }

    private void count(Map<Key, Counts> counts, EventType type, String name, String help) {
        Exposition.Family family = out.family(PREFIX + name, "counter", help);
        counts.forEach((key, value) -> {
            if (key.type() == type) {
                family.sample(value.count(), "app", key.app(), "reason", key.reason());
            }
        });
    }

    private static OptionalLong flag(boolean value) {
        return OptionalLong.of(value ? 1 : 0);
    }

    private static OptionalLong time(Optional<Instant> time) {
        return time.map(Instant::getEpochSecond).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private static String word(AppState state) {
        return Json.write(state).replace("\"", "");
    }
}
