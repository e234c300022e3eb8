package org.jupyterrestart.supervisor;

import static java.lang.System.Logger.Level.ERROR;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Obstacle;
import org.jupyterrestart.process.ProcessControl.PortHolder;

/** Looks for what is in the way of an app's start. Off the loop thread. */
record Way(Ports ports) {
    private static final System.Logger LOG = System.getLogger(Way.class.getName());

    /** Where that can't be told, nothing is: the start itself will show it. */
    Optional<Obstacle> obstacle(App app) {
        try {
            return firstObstacle(app);
        } catch (RuntimeException e) {
            LOG.log(ERROR, "The ports of %s could not be looked at".formatted(app.name()), e);
            return Optional.empty();
        }
    }

    private Optional<Obstacle> firstObstacle(App app) {
        return app.ports().stream()
                .flatMap(port -> ports.processes().holderOf(port).stream()
                        .flatMap(holder -> obstacle(app, port, holder).stream()))
                .findFirst();
    }

    private Optional<Obstacle> obstacle(App app, int port, PortHolder holder) {
        String who = holder.process()
                .map(ports.processes()::describe)
                .orElse("a process of another user, or of another container");
        boolean isLeftover = holder.process()
                .filter(process -> new Leftovers(ports)
                        .isOf(app.name(), process, app.spec().keep()))
                .isPresent();
        if (isLeftover && app.life() instanceof Life.InPlace) {
            return Optional.empty(); // its kernels outlive it, and nothing of it is ended here
        }
        return Optional.of(
                isLeftover
                        ? new Obstacle(
                                "port %d is held by %s, which an earlier run left behind and is ended now"
                                        .formatted(port, who),
                                List.of(holder.process().orElseThrow()))
                        : new Obstacle(
                                "port %d is held by %s. End that, or give the app another port".formatted(port, who),
                                List.of()));
    }
}
