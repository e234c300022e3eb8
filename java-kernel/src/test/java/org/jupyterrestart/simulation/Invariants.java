package org.jupyterrestart.simulation;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.RestartPolicy;

/** What must be true of every history when it has come to rest; {@link SimulatedOs} checks what must be true always. */
final class Invariants {
    private static final Set<EventType> ENDS =
            EnumSet.of(EventType.RESTART_COMPLETED, EventType.RESTART_FAILED, EventType.RESTART_CALLED_OFF);

    private final SimulatedOs os;
    private final SimulatedLog log;
    private final SimulatedStore store;

    Invariants(SimulatedOs os, SimulatedLog log, SimulatedStore store) {
        this.os = os;
        this.log = log;
        this.store = store;
    }

    void check() {
        store.saved().apps().forEach(this::checkRest);
        checkOwners();
        checkRestarts();
        checkStorms();
    }

    /** Nothing is on its way. */
    boolean isAtRest() {
        return store.saved().apps().stream()
                .allMatch(app -> app.state() instanceof AppState.Running
                        || app.state() instanceof AppState.Stopped
                        || app.state() instanceof AppState.Failed);
    }

    private void checkRest(App app) {
        boolean isLive = os.rootOf(app.name()).isPresent();
        boolean isRunning = app.state() instanceof AppState.Running;
        boolean isDown = app.state() instanceof AppState.Stopped || app.state() instanceof AppState.Failed;
        boolean isRight = isLive == isRunning && (app.isWantedUp() ? isRunning || isDown : isDown);
        if (!isRight) {
            throw new AssertionError("%s is wanted %s, and at last %s, while %s live"
                    .formatted(app.name(), app.wanted(), app.state(), os.live()));
        }
        if (app.isWantedUp()
                && isDown
                && app.program().isPresent()
                && app.spec().restart().on() != RestartPolicy.On.NEVER
                && app.spec().autostart()) {
            throw new AssertionError("%s is wanted up and given up: %s".formatted(app.name(), app.state()));
        }
    }

    private void checkOwners() {
        List<App> apps = store.saved().apps();
        for (SimulatedOs.Process process : os.live()) {
            if (!process.app().isEmpty()
                    && apps.stream().noneMatch(app -> app.state().isOf(process.root()))) {
                // One that nobody has told the service of is nobody's fault.
                if (!process.marker().isEmpty()) {
                    throw new AssertionError("nobody owns %s: %s".formatted(process, apps));
                }
            }
        }
    }

    private void checkRestarts() {
        Map<String, List<EventType>> byRestart = log.all().stream()
                .filter(event -> event.restartId().isPresent())
                .filter(event -> event.type() == EventType.RESTART_INITIATED || ENDS.contains(event.type()))
                .collect(groupingBy(event -> event.restartId().get(), mapping(Event::type, toList())));
        byRestart.forEach((id, types) -> {
            boolean isWhole = types.size() == 2
                    && types.getFirst() == EventType.RESTART_INITIATED
                    && ENDS.contains(types.getLast());
            if (!isWhole) {
                throw new AssertionError("restart %s has %s".formatted(id, types));
            }
        });
    }

    /** Each is told once, and its end, whatever became of the service meanwhile. */
    private void checkStorms() {
        List<EventType> told = log.all().stream()
                .map(Event::type)
                .filter(type -> type == EventType.SERVICE_STORM || type == EventType.SERVICE_CALM)
                .toList();
        for (int i = 0; i < told.size(); i++) {
            if (told.get(i) != (i % 2 == 0 ? EventType.SERVICE_STORM : EventType.SERVICE_CALM)) {
                throw new AssertionError("storms are told as " + told);
            }
        }
        if (told.size() % 2 == 1) {
            throw new AssertionError("a storm never ended");
        }
    }
}
