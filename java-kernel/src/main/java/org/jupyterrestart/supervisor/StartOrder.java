package org.jupyterrestart.supervisor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;

/**
 * Who waits for whom among apps that depend on each other. Pure. An app is started when those that it depends on are
 * ready; when its patience is over it is started without them, unless they are just being started. Of apps that are
 * restarted or stopped together, one is stopped when those that depend on it are down.
 */
final class StartOrder {
    private StartOrder() {}

    /** Whether it is an app's turn. */
    sealed interface Verdict {
        /** @param without apps that it depends on and that are not ready */
        record Go(List<String> without) implements Verdict {}

        /** @param why for people, as in "waits for db (starting)" */
        record Hold(String why) implements Verdict {}
    }

    /** What is to be expected of an app that another one depends on. */
    private enum Outlook {
        READY,
        /** It is being started, which has a limit of its own. */
        STARTING,
        /** It comes, but nobody knows when. */
        COMING,
        /** It is not going to come. */
        AWAY
    }

    static Verdict mayStart(App app, AppState.Queued queued, Function<String, Optional<App>> others) {
        List<String> held = new ArrayList<>();
        List<String> without = new ArrayList<>();
        for (String name : app.spec().dependsOn()) {
            Optional<App> other = others.apply(name);
            String described = "%s (%s)"
                    .formatted(name, other.map(it -> it.state().wireName()).orElse("not known"));
            switch (other.map(StartOrder::outlook).orElse(Outlook.AWAY)) {
                case READY -> {}
                case STARTING -> held.add(described);
                case COMING -> (queued.isPatient() ? held : without).add(described);
                case AWAY -> without.add(described);
            }
        }
        return held.isEmpty() ? new Verdict.Go(without) : new Verdict.Hold("waits for " + String.join(", ", held));
    }

    private static Outlook outlook(App app) {
        return switch (app.state()) {
            case AppState.Running _, AppState.AwaitingIdle _ -> Outlook.READY;
            case AppState.Queued _,
                    AppState.Spawning _,
                    AppState.Starting _,
                    AppState.RestoringWork _,
                    AppState.Restoring _ -> Outlook.STARTING;
            case AppState.Waiting _,
                    AppState.Blocked _,
                    AppState.InLine _,
                    AppState.Preparing _,
                    AppState.Draining _,
                    AppState.DrainingWork _,
                    AppState.Replacing _ -> Outlook.COMING;
            case AppState.Stopping _, AppState.Verifying _, AppState.Reclaiming _ ->
                app.isWantedUp() ? Outlook.COMING : Outlook.AWAY;
            case AppState.Stopped _, AppState.Failed _, AppState.AwaitingStop _, AppState.Leaving _ -> Outlook.AWAY;
        };
    }

    static Verdict mayStop(App app, Collection<App> others) {
        List<String> up = others.stream()
                .filter(other -> other.spec().dependsOn().contains(app.name()) && isOnItsWayDown(other))
                .map(App::name)
                .toList();
        return up.isEmpty()
                ? new Verdict.Go(List.of())
                : new Verdict.Hold("waits until these are down: " + String.join(", ", up));
    }

    /** It is to be stopped, for good or by a restart, and has not been yet. */
    private static boolean isOnItsWayDown(App app) {
        boolean isToStayDown = !app.isWantedUp() && !app.state().isAtRest();
        return isToStayDown || app.restart().isPresent() && isStillUp(app.state());
    }

    private static boolean isStillUp(AppState state) {
        return switch (state) {
            case AppState.InLine _,
                    AppState.AwaitingStop _,
                    AppState.Preparing _,
                    AppState.Draining _,
                    AppState.DrainingWork _,
                    AppState.Replacing _,
                    AppState.Stopping _,
                    AppState.Verifying _,
                    AppState.Reclaiming _ -> true;
            case AppState.Stopped _,
                    AppState.Failed _,
                    AppState.Waiting _,
                    AppState.Queued _,
                    AppState.Blocked _,
                    AppState.Spawning _,
                    AppState.Starting _,
                    AppState.Running _,
                    AppState.AwaitingIdle _,
                    AppState.RestoringWork _,
                    AppState.Restoring _,
                    AppState.Leaving _ -> false;
        };
    }

    /** Each app behind those that it depends on. */
    static List<App> sorted(Collection<App> apps) {
        Map<String, App> byName = byName(apps);
        Set<App> sorted = new LinkedHashSet<>();
        apps.forEach(app -> add(app, byName, sorted, new LinkedHashSet<>()));
        return List.copyOf(sorted);
    }

    private static Map<String, App> byName(Collection<App> apps) {
        return apps.stream().collect(Collectors.toMap(App::name, app -> app));
    }

    /** {@code path} ends a circle, which the config refuses but an older saved state may hold. */
    private static void add(App app, Map<String, App> apps, Set<App> sorted, Set<App> path) {
        if (path.add(app)) {
            app.spec().dependsOn().stream()
                    .map(apps::get)
                    .filter(Objects::nonNull)
                    .forEach(other -> add(other, apps, sorted, path));
            sorted.add(app);
        }
    }

    /** Of apps that are left, those that no other of them depends on. */
    static List<App> notNeeded(Collection<App> left) {
        Set<String> needed = needed(left);
        return left.stream().filter(app -> !needed.contains(app.name())).toList();
    }

    /** The names of apps that another of them depends on. */
    static Set<String> needed(Collection<App> apps) {
        return apps.stream()
                .flatMap(app -> app.spec().dependsOn().stream().filter(name -> !name.equals(app.name())))
                .collect(Collectors.toSet());
    }

    /** These and those that they depend on, be it by others in between; each behind those that it depends on. */
    static List<App> withNeeded(Collection<App> apps, Collection<App> all) {
        Map<String, App> byName = byName(all);
        Set<App> needed = new LinkedHashSet<>();
        apps.forEach(app -> add(app, byName, needed, new LinkedHashSet<>()));
        return List.copyOf(needed);
    }
}
