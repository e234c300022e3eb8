package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;

/**
 * Restarts several apps as one group. Each has a restart of its own, and waits for its turn by {@link StartOrder}: so
 * it goes on whatever becomes of the others, and of the service.
 */
final class GroupRestart {
    private final AppEvent.Restart order;
    private final BiConsumer<App, AppEvent> orders;

    /** {@code orders} passes on what each app is told, in this order. */
    GroupRestart(AppEvent.Restart order, BiConsumer<App, AppEvent> orders) {
        this.order = order;
        this.orders = orders;
    }

    void run(List<App> group) {
        List<App> sorted = StartOrder.sorted(group);
        Set<String> needed = StartOrder.needed(group);
        // First those that others don't need: who is to be stopped finds them on their way down.
        sorted.reversed().stream()
                .filter(app -> app.state().process().isPresent())
                .forEach(app -> orders.accept(app, needed.contains(app.name()) ? inLine() : order));
        sorted.stream().filter(app -> app.state().process().isEmpty()).forEach(app -> orders.accept(app, order));
    }

    private AppEvent inLine() {
        return new AppEvent.RestartInLine(order.reason(), order.isUrgent());
    }
}
