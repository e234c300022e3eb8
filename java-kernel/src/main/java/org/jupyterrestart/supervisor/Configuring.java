package org.jupyterrestart.supervisor;

import static org.jupyterrestart.event.EventType.CONFIG_LOADED;
import static org.jupyterrestart.event.EventType.CONFIG_REJECTED;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigChange;
import org.jupyterrestart.config.ConfigFile.InForce;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Instance;

/** Keeps the apps to the config while the service runs. All of it happens on the loop. */
final class Configuring {
    private final NewApps newApps;
    private final Ports ports;
    private final Apps apps;
    private Config current;

    Configuring(Config current, NewApps newApps, Ports ports, Apps apps) {
        this.current = current;
        this.newApps = newApps;
        this.ports = ports;
        this.apps = apps;
    }

    Config current() {
        return current;
    }

    void take(InForce inForce) {
        ConfigChange change = ConfigChange.between(current, inForce.config());
        current = inForce.config();
        tell(CONFIG_LOADED, change.describe(inForce.path()), change.data(inForce.path()));
        change.edited().forEach(edit -> apps.handle(edit.after().name(), new AppEvent.Respecified(edit.after())));
        change.removed().forEach(name -> apps.find(name).ifPresent(this::letGo));
        change.added().forEach(this::add);
    }

    void tellRejected(List<String> problems) {
        String message = "The config file has %d problem%s; the config before it stays in force: %s"
                .formatted(problems.size(), problems.size() == 1 ? "" : "s", String.join("; ", problems));
        tell(CONFIG_REJECTED, message, Map.of("problems", problems));
    }

    private void add(AppSpec spec) {
        boolean isLeaving = apps.isForgottenAtRest(spec.name());
        if (apps.find(spec.name()).isPresent()) {
            apps.keep(spec.name());
            apps.handle(spec.name(), new AppEvent.Respecified(spec));
        } else {
            apps.add(apps.first(spec));
            apps.handle(spec.name(), new AppEvent.Resumed());
        }
        if (isLeaving && spec.autostart() && spec.program().isPresent()) {
            apps.handle(spec.name(), new AppEvent.Start());
        }
    }

    /** What the service has started it stops; what came by itself goes on, as one that no file speaks of. */
    private void letGo(App app) {
        boolean isOurs = app.spec().program().isPresent()
                && app.state()
                        .process()
                        .map(Instance::marker)
                        .filter(String::isEmpty)
                        .isEmpty();
        if (app.hello().isPresent() && !isOurs) {
            AppSpec plain = newApps.specOf(app.name(), Optional.of(app.spec().preset()), app.life());
            apps.handle(app.name(), new AppEvent.Respecified(plain));
        } else {
            apps.forgetAtRest(app.name());
            apps.handle(app.name(), new AppEvent.Stop());
        }
    }

    private void tell(EventType type, String message, Map<String, Object> data) {
        apps.tell(new EventDraft(
                ports.clock().now().wall(), Optional.empty(), type, Optional.empty(), Optional.empty(), message, data));
    }
}
