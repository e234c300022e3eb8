package org.jupyterrestart.supervisor;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.MemoryTrend;

/**
 * What each app's measurements say about its limits, now and in the time to come. On the loop. A service that comes
 * back begins to watch anew: a forecast is not worth a place in the saved state.
 */
final class Forecasts {
    private final Ports ports;
    private final Apps apps;
    private final Map<Subject, MemoryTrend> trends = new HashMap<>();

    Forecasts(Ports ports, Apps apps) {
        this.ports = ports;
        this.apps = apps;
    }

    private record Subject(ProcessIdentity identity, Resource resource) {}

    /** Of other processes nothing is expected any more. */
    void keep(Set<ProcessIdentity> known) {
        trends.keySet().removeIf(subject -> !known.contains(subject.identity()));
    }

    /** {@code bytes} of memory, or of GPU memory. */
    void take(String name, ProcessIdentity identity, Resource resource, long bytes) {
        OptionalLong limit = apps.find(name)
                .map(App::spec)
                .map(spec -> spec.limits().of(resource))
                .orElse(OptionalLong.empty());
        if (limit.isEmpty()) {
            return;
        }
        apps.handle(name, new AppEvent.Measured(identity, resource, bytes, bytes));
        Subject subject = new Subject(identity, resource);
        MemoryTrend before = trends.getOrDefault(subject, MemoryTrend.NONE);
        MemoryTrend trend =
                before.with(new MemoryTrend.Sample(ports.clock().now().nanos(), bytes));
        if (trend == before) {
            return;
        }
        trends.put(subject, trend);
        trend.timeTo(limit.getAsLong())
                .ifPresent(left -> apps.handle(name, new AppEvent.Foreseen(identity, resource, bytes, left)));
    }

    /** Whether its next measurements may matter soon. */
    static boolean isNear(App app, Resource resource, OptionalLong bytes) {
        OptionalLong limit = app.spec().limits().of(resource);
        return limit.isPresent()
                && app.state() instanceof AppState.Running
                && bytes.orElse(limit.getAsLong()) >= limit.getAsLong() / 5 * 4;
    }
}
