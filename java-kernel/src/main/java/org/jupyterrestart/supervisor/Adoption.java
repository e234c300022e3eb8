package org.jupyterrestart.supervisor;

import static org.jupyterrestart.event.EventType.SERVICE_ADOPTED;
import static org.jupyterrestart.event.EventType.SERVICE_ERROR;
import static org.jupyterrestart.event.EventType.SERVICE_STARTED;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Calendar;
import org.jupyterrestart.lifecycle.Now;

/** How a service begins: it takes up what the one before it left, then starts what is wanted and does not run. */
final class Adoption {
    private final Config config;
    private final Ports ports;
    private final Apps apps;
    private final Calendar calendar;

    Adoption(Config config, Ports ports, Apps apps, Calendar calendar) {
        this.config = config;
        this.ports = ports;
        this.apps = apps;
        this.calendar = calendar;
    }

    void run() {
        SavedState saved = load();
        saved.missing(ports.events().lastSeq()).forEach(apps::tell);
        apps.resume(saved);
        Set<String> known = new HashSet<>();
        for (App app : saved.apps().stream().map(App::forNextService).toList()) {
            Optional<AppSpec> configured = config.app(app.name());
            if (configured.isPresent() || isOfUse(app)) {
                apps.add(configured.map(app::with).orElse(app));
                if (configured.isEmpty() && app.hello().isEmpty()) {
                    apps.forgetAtRest(app.name());
                }
                known.add(app.name());
            }
        }
        List<AppSpec> newcomers = config.apps().stream()
                .filter(spec -> !known.contains(spec.name()))
                .toList();
        Set<String> marks = newcomers.isEmpty() ? Set.of() : ports.processes().markers();
        newcomers.forEach(spec -> apps.add(newcomer(spec, marks)));
        apps.saveAll();
        tellOfStart(ports.clock().now());
        StartOrder.sorted(apps.all())
                .forEach(app ->
                        apps.handle(app.name(), isLeftInQueue(app) ? new AppEvent.Stop() : new AppEvent.Resumed()));
        apps.openTurns();
    }

    private SavedState load() {
        return switch (ports.store().load()) {
            case StateStore.Loaded.Read(SavedState state) -> state;
            case StateStore.Loaded.Broken(var aside, String why) -> {
                tell(
                        SERVICE_ERROR,
                        "The saved state can't be read (%s) and is kept as %s. Adopted apps are unknown until they say hello"
                                .formatted(why, aside),
                        Map.of("file", aside.toString()));
                yield SavedState.EMPTY;
            }
        };
    }

    /** Usually never seen before. But if it was, and the state is lost, it must not be started a second time. */
    private App newcomer(AppSpec spec, Set<String> marks) {
        App app = apps.first(spec);
        if (marks.isEmpty()) {
            return app;
        }
        Pattern ours = Pattern.compile(Pattern.quote(ActionRunner.mark(ports.home(), spec.name() + "-")) + "\\d{1,18}");
        return marks.stream()
                .filter(mark -> ours.matcher(mark).matches())
                .map(mark -> app.foundBy(
                        mark.substring(ActionRunner.mark(ports.home(), "").length())))
                .max(Comparator.comparingLong(App::entry))
                .orElse(app);
    }

    /** It was to be started when someone took it out of the config: its restart is called off, and it is forgotten. */
    private boolean isLeftInQueue(App app) {
        return app.state() instanceof AppState.Queued && apps.isForgottenAtRest(app.name());
    }

    /** An app that nobody configures, and that neither runs nor said how to start it, is forgotten. */
    private static boolean isOfUse(App app) {
        return app.state().process().isPresent() || app.hello().isPresent() || isBeingStarted(app.state());
    }

    private static boolean isBeingStarted(AppState state) {
        return state instanceof AppState.Spawning
                || state instanceof AppState.Queued
                || state instanceof AppState.Blocked;
    }

    private void tellOfStart(Now now) {
        Optional<Instant> next = apps.all().stream()
                .filter(app -> app.isEnabled() && app.isWantedUp())
                .flatMap(app -> calendar.fires(app, 1, now).stream())
                .min(Comparator.naturalOrder());
        tell(
                SERVICE_STARTED,
                "The restart service has started",
                next.<Map<String, Object>>map(at -> Map.of("next_restart", at.toString()))
                        .orElse(Map.of()));
        List<String> alive = apps.all().stream()
                .filter(app -> app.state().process().isPresent())
                .map(App::name)
                .toList();
        if (!alive.isEmpty()) {
            tell(SERVICE_ADOPTED, "These apps went on meanwhile: " + String.join(", ", alive), Map.of("apps", alive));
        }
    }

    private void tell(EventType type, String message, Map<String, Object> data) {
        apps.tell(new EventDraft(
                ports.clock().now().wall(), Optional.empty(), type, Optional.empty(), Optional.empty(), message, data));
    }
}
