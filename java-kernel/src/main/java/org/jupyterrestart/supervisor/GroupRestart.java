package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Set;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;

/**
 * Restarts several apps as one group. Each has a restart of its own, and waits for its turn by {@link StartOrder}: so
 * it goes on whatever becomes of the others, and of the service.
 */
final class GroupRestart {
    private final Apps apps;
    private final AppEvent.Restart order;

    GroupRestart(Apps apps, AppEvent.Restart order) {
        this.apps = apps;
        this.order = order;
    }

    void run(List<App> group) {
        List<App> sorted = StartOrder.sorted(group);
        Set<String> needed = StartOrder.needed(group);
        // First those that others don't need: who is to be stopped finds them on their way down.
        sorted.reversed().stream()
                .filter(app -> app.state().process().isPresent())
                .forEach(app -> apps.handle(app.name(), needed.contains(app.name()) ? inLine() : order));
        sorted.stream().filter(app -> app.state().process().isEmpty()).forEach(app -> apps.handle(app.name(), order));
    }

    private AppEvent inLine() {
        return new AppEvent.RestartInLine(order.reason(), order.isUrgent());
    }
}
