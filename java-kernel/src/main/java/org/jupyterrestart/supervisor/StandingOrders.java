package org.jupyterrestart.supervisor;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.StandingOrder;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * Has each app's keeper know what to start should the app crash, or when it ends for a restart, as far as that is
 * certain beforehand. On a machine with a GPU nothing is: its memory must be seen to be free first. On the loop.
 */
final class StandingOrders {
    private static final System.Logger LOG = System.getLogger(StandingOrders.class.getName());

    private final Machine machine;
    private final Ports ports;
    private final Launches launches;
    private final Map<String, Basis> given = new HashMap<>();

    StandingOrders(Machine machine, Ports ports, Launches launches) {
        this.machine = machine;
        this.ports = ports;
        this.launches = launches;
    }

    /** What an order was made from: as long as it is the same, so is the order. */
    private record Basis(
            ProcessIdentity identity, long entry, boolean isForRestart, AppSpec spec, Optional<Program> program) {
        static Basis of(App app, ProcessIdentity identity) {
            boolean isForRestart = app.isWantedUp() && app.restart().isPresent();
            return new Basis(identity, app.entry(), isForRestart, app.spec(), app.program());
        }
    }

    /** It has changed. What it must not be followed by any more is revoked, before anything is done to it. */
    void note(App app) {
        Optional<Basis> basis = ports.gpus().isAbsent() ? identity(app).map(it -> Basis.of(app, it)) : Optional.empty();
        Basis before = given.get(app.name());
        if (basis.equals(Optional.ofNullable(before))) {
            return;
        }
        given.remove(app.name());
        // An order takes the place of the one before it.
        boolean isReplaced = basis.isPresent() && give(app, basis.get());
        if (before != null && !isReplaced) {
            ports.processes().revoke(before.identity());
        }
    }

    private static Optional<ProcessIdentity> identity(App app) {
        return switch (app.state()) {
            case Running running -> Optional.of(running.instance().identity());
            case Stopping stopping -> Optional.of(stopping.instance().identity());
            default -> Optional.empty();
        };
    }

    private boolean give(App app, Basis basis) {
        given.put(app.name(), basis);
        return foresee(app)
                .filter(order -> ports.processes()
                        .order(
                                basis.identity(),
                                launches.of(app.name(), order.marker(), order.program()),
                                order.terms()))
                .isPresent();
    }

    private Optional<StandingOrder> foresee(App app) {
        try {
            return StandingOrder.of(machine, app, ports.clock().now());
        } catch (RuntimeException e) {
            // What the machine can't deal with beforehand it is asked again when it happens.
            LOG.log(System.Logger.Level.ERROR, "What follows the end of %s is not known".formatted(app.name()), e);
            return Optional.empty();
        }
    }
}
