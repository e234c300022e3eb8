package org.jupyterrestart.supervisor;

import static org.jupyterrestart.supervisor.RefusedException.Kind.NO_SUCH_APP;
import static org.jupyterrestart.supervisor.RefusedException.Kind.REFUSED;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.lifecycle.App;

/** Finds the apps that users name, or says which there are. */
final class NamedApps {
    private final Apps apps;

    NamedApps(Apps apps) {
        this.apps = apps;
    }

    App find(String name) throws RefusedException {
        Optional<App> app = apps.find(name);
        if (app.isPresent()) {
            return app.get();
        }
        List<String> names = apps.all().stream().map(App::name).toList();
        throw new RefusedException(
                NO_SUCH_APP,
                "There is no app \"%s\". %s"
                        .formatted(
                                name,
                                names.isEmpty()
                                        ? "No app is known yet: name one in the config file, or adopt one."
                                        : "Apps: %s.".formatted(String.join(", ", names))));
    }

    /** Each once, in the order in which they are named. */
    List<App> find(List<String> names) throws RefusedException {
        List<App> found = new ArrayList<>();
        for (String name : new LinkedHashSet<>(names)) {
            found.add(find(name));
        }
        return found;
    }

    static RefusedException cannotStart(App app) {
        return new RefusedException(
                REFUSED,
                ("The service does not know how to start %s. Start it as before, or give it a command"
                                + " in the config file.")
                        .formatted(app.name()));
    }
}
