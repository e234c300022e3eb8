package org.jupyterrestart.supervisor;

import static org.jupyterrestart.supervisor.RefusedException.Kind.REFUSED;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Reason;

/** Orders for several apps at once: those that are named, or all that are up. */
final class GroupOrders {
    private final Apps apps;
    private final NamedApps named;
    private final Loop loop;
    private final EventLog events;

    GroupOrders(Apps apps, NamedApps named, Loop loop, EventLog events) {
        this.apps = apps;
        this.named = named;
        this.loop = loop;
        this.events = events;
    }

    AcceptedGroup restart(List<String> names, Reason reason, boolean now) throws RefusedException {
        List<AcceptedGroup.Begun> begun = new ArrayList<>();
        GroupRestart restart = new GroupRestart(
                new AppEvent.Restart(reason, now),
                (app, order) -> loop.submit(() -> {
                    apps.handle(app.name(), order);
                    apps.find(app.name())
                            .flatMap(App::restart)
                            .ifPresent(run -> begun.add(new AcceptedGroup.Begun(app.name(), run.id())));
                }));
        Accepted accepted = tell(() -> restart.run(names.isEmpty() ? allUp(reason) : restartable(names, reason)));
        begun.sort(Comparator.comparing(AcceptedGroup.Begun::app));
        return new AcceptedGroup(accepted.seq(), begun);
    }

    private List<App> allUp(Reason reason) throws RefusedException {
        List<App> up =
                notAtRest().stream().filter(app -> app.canRestart(reason)).toList();
        if (up.isEmpty()) {
            throw new RefusedException(REFUSED, "No app is up, so there is nothing to restart. Start one.");
        }
        return up;
    }

    private List<App> restartable(List<String> names, Reason reason) throws RefusedException {
        List<App> group = named.find(names);
        for (App app : group) {
            if (!app.canRestart(reason)) {
                throw NamedApps.cannotStart(app);
            }
        }
        return group;
    }

    Accepted start(List<String> names) throws RefusedException {
        return tell(() -> startInOrder(names.isEmpty() ? startable() : startable(names)));
    }

    private List<App> startable() {
        return apps.all().stream()
                .filter(app -> app.state().isAtRest() && app.program().isPresent())
                .toList();
    }

    private List<App> startable(List<String> names) throws RefusedException {
        List<App> group = named.find(names);
        for (App app : group) {
            if (app.program().isEmpty() && app.state().process().isEmpty()) {
                throw NamedApps.cannotStart(app);
            }
        }
        return group;
    }

    /** What others need is started, too, and before them. */
    private void startInOrder(List<App> group) {
        Set<App> asked = Set.copyOf(group);
        StartOrder.withNeeded(group, apps.all()).stream()
                .filter(app -> asked.contains(app)
                        || !app.isWantedUp() && app.program().isPresent())
                .forEach(app -> submit(app, new AppEvent.Start()));
    }

    Accepted stop(List<String> names) throws RefusedException {
        return tell(() -> stopInReverse(names.isEmpty() ? notAtRest() : named.find(names)));
    }

    private interface Order {
        void run() throws RefusedException;
    }

    private Accepted tell(Order order) throws RefusedException {
        long seq = loop.call(() -> {
            long before = events.lastSeq();
            order.run();
            return before;
        });
        // Behind the tasks that tell each of them: whoever is answered can rely on it.
        return loop.call(() -> {
            apps.secure();
            return new Accepted(seq, Optional.empty());
        });
    }

    private List<App> notAtRest() {
        return apps.all().stream().filter(app -> !app.state().isAtRest()).toList();
    }

    private void stopInReverse(List<App> group) {
        Set<String> needed = StartOrder.needed(group);
        StartOrder.sorted(group).reversed().forEach(app -> {
            AppEvent stop = needed.contains(app.name()) ? new AppEvent.StopInLine() : new AppEvent.Stop();
            submit(app, stop);
        });
    }

    /** Each in a task of its own: what happens to other apps is not kept waiting by many. */
    private void submit(App app, AppEvent event) {
        loop.submit(() -> apps.handle(app.name(), event));
    }
}
