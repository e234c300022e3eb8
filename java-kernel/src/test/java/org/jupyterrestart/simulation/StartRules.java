package org.jupyterrestart.simulation;

import java.util.Optional;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Machine;

/** What must be true whenever an app is about to be started: nothing that it depends on is being started just then. */
final class StartRules {
    private final SimulatedStore store;

    StartRules(SimulatedStore store) {
        this.store = store;
    }

    Machine watch(Machine machine) {
        return (app, event, now) -> {
            var step = machine.step(app, event, now);
            // Whose port is held has had its turn before.
            boolean isStarted = step.app().state() instanceof AppState.Spawning
                    && !(app.state() instanceof AppState.Spawning || app.state() instanceof AppState.Blocked);
            if (isStarted) {
                step.app().spec().dependsOn().forEach(name -> check(step.app(), name));
            }
            return step;
        };
    }

    private void check(App app, String name) {
        Optional<App> other = store.saved().apps().stream()
                .filter(it -> it.name().equals(name))
                .findFirst();
        boolean isBeingStarted = other.map(App::state)
                .filter(state -> state instanceof AppState.Queued
                        || state instanceof AppState.Spawning
                        || state instanceof AppState.Starting)
                .isPresent();
        if (isBeingStarted) {
            throw new AssertionError("%s is started while %s is %s"
                    .formatted(app.name(), name, other.get().state()));
        }
    }
}
