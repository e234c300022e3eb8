package org.jupyterrestart.supervisor;

import static org.jupyterrestart.supervisor.RefusedException.Kind.REFUSED;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Hello;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.Control.AdoptionRequest;

/** Looks at a process that is said to be an app: whether it lives, and whether it is nobody else's. */
final class Adopting {
    private final NewApps newApps;
    private final Ports ports;
    private final Apps apps;

    Adopting(NewApps newApps, Ports ports, Apps apps) {
        this.newApps = newApps;
        this.ports = ports;
        this.apps = apps;
    }

    /** The app is known afterwards, and can take the hello. */
    AppEvent.Adopt check(String name, AdoptionRequest request) throws RefusedException {
        ProcessIdentity said = ports.processes()
                .identify(request.pid())
                .orElseThrow(() -> new RefusedException(
                        REFUSED,
                        "There is no live process with pid %d on this machine. Is the app up?"
                                .formatted(request.pid())));
        ProcessIdentity identity = mainProcess(name, said, request);
        checkOwner(name, identity);
        Life life = request.inPlace() ? Life.IN_PLACE : Life.STOP_START;
        if (apps.find(name).isEmpty()) {
            apps.add(apps.first(newApps.specOf(name, request.preset(), life)));
        }
        bury(name, identity);
        App app = apps.find(name).orElseThrow();
        checkState(app, identity);
        Hello hello = new Hello(
                life,
                request.servingPid(),
                request.standbyPid(),
                request.port(),
                request.url(),
                respawn(app, identity, request),
                request.notes());
        return new AppEvent.Adopt(identity, hello, request.restartId(), request.kept(), request.tookOver());
    }

    /**
     * A server that a script started speaks for the script, which is the process that we know. Another server, started
     * in a terminal of this one, has a port of its own.
     */
    private ProcessIdentity mainProcess(String name, ProcessIdentity said, AdoptionRequest request) {
        Optional<App> app = apps.find(name)
                .filter(it -> it.state() instanceof AppState.Starting
                        || request.restartId().isPresent()
                                && it.restart().map(RestartRun::id).equals(request.restartId())
                        || request.port().isPresent()
                                && it.hello().map(Hello::port).equals(Optional.of(request.port())));
        return app.flatMap(it -> it.state().process())
                .filter(instance -> ports.processes()
                        .tree(instance.identity(), ActionRunner.mark(ports.home(), instance))
                        .contains(said))
                .map(Instance::identity)
                .orElse(said);
    }

    private void checkOwner(String name, ProcessIdentity identity) throws RefusedException {
        for (App other : apps.all()) {
            if (other.state().isOf(identity) && !other.name().equals(name)) {
                throw new RefusedException(
                        REFUSED,
                        "Process %d is supervised already, as app %s. Use that name."
                                .formatted(identity.pid(), other.name()));
            }
        }
    }

    /** The process before this one may have ended a moment ago, and nobody has heard. */
    private void bury(String name, ProcessIdentity successor) {
        Optional<ProcessIdentity> before =
                apps.find(name).flatMap(app -> app.state().process()).map(Instance::identity);
        before.filter(identity ->
                        !identity.equals(successor) && !ports.processes().isAlive(identity))
                .ifPresent(dead -> apps.handle(name, new AppEvent.Exited(dead, new ExitStatus.Unknown())));
    }

    private static void checkState(App app, ProcessIdentity identity) throws RefusedException {
        boolean isFree = app.state().process().isEmpty() && !(app.state() instanceof AppState.Spawning);
        boolean isEnding = app.state() instanceof AppState.Stopping || app.state() instanceof AppState.Verifying;
        if (isFree || app.state().isOf(identity) && !isEnding) {
            return;
        }
        throw new RefusedException(
                REFUSED,
                app.state().process().isPresent() && !isEnding
                        ? "App %s runs already, as process %d. Stop that one, or take another name."
                                .formatted(
                                        app.name(),
                                        app.state().process().get().identity().pid())
                        : "App %s is %s. Try again in a moment."
                                .formatted(app.name(), app.state().wireName()));
    }

    private Optional<Program> respawn(App app, ProcessIdentity identity, AdoptionRequest request) {
        if (!request.respawn() || app.spec().program().isPresent()) {
            return Optional.empty();
        }
        Optional<Program> known = app.state().isOf(identity) ? app.hello().flatMap(Hello::respawn) : Optional.empty();
        // The command line of a process that has replaced itself is not the one its user wrote.
        return known.or(() -> ports.processes()
                .launchOf(identity, ActionRunner.output(ports.home(), app.name()))
                .map(launch -> program(request.command().orElse(launch.command()), launch)));
    }

    private static Program program(List<String> command, Launch launch) {
        Map<String, String> environment = new HashMap<>(launch.environment());
        environment.remove(Launch.MARKER);
        return new Program(command, Optional.of(launch.directory()), environment, true);
    }
}
