package org.jupyterrestart.kernel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.api.wire.KernelOrder;
import org.jupyterrestart.api.wire.Postponement;
import org.jupyterrestart.api.wire.RestartOrder;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.supervisor.Accepted;

/** Carries out one command at the service. */
final class CommandRunner {
    /** How long an interrupt may take to end a wait. */
    private static final Duration POLL = Duration.ofSeconds(1);

    private final ServiceClient service;
    private final Rendering rendering;
    private final AtomicBoolean interrupted = new AtomicBoolean();

    CommandRunner(ServiceClient service, Rendering rendering) {
        this.service = service;
        this.rendering = rendering;
    }

    /** Any thread: ends the wait of the command that runs now. */
    void interrupt() {
        interrupted.set(true);
    }

    Output run(Command command) {
        interrupted.set(false);
        return switch (command) {
            case Command.Status(Optional<String> app) -> rendering.status(apps(app));
            case Command.Restart restart -> restart(restart);
            case Command.Postpone(String duration, Optional<String> app) -> {
                List<String> names = new ArrayList<>();
                for (App one : postponable(app)) {
                    service.command(one.name(), "postpone", new Postponement(duration));
                    names.add(one.name());
                }
                yield Output.sentence(
                        names.isEmpty()
                                ? "No restart is scheduled, so none was postponed."
                                : "Postponed by %s: %s.".formatted(duration, String.join(", ", names)));
            }
            case Command.Enable(Optional<String> app, boolean enabled) ->
                each(
                        apps(app),
                        enabled ? "enable" : "disable",
                        enabled ? "Automatic restarts on: %s." : "Automatic restarts off: %s.");
            case Command.Start(String app) -> each(apps(Optional.of(app)), "start", "Starting: %s.");
            case Command.Stop(String app) -> each(apps(Optional.of(app)), "stop", "Stopping: %s.");
            case Command.Kernels kernels -> Output.sentence(restartKernels(kernels));
            case Command.Events(int n) -> rendering.events(lastEvents(n));
            case Command.Logs(Optional<String> app, int n) -> {
                List<String> lines = app.isPresent()
                        ? service.output(app.get(), n).lines()
                        : service.restartLog(n).lines();
                yield Output.plain(String.join("\n", lines));
            }
            case Command.Plan(Optional<String> app) -> rendering.plan(service.plan(app));
            case Command.Help(Optional<Verb> verb) -> rendering.help(verb);
        };
    }

    /** Apps by name, for completion. */
    List<String> appNames() {
        return service.snapshot().apps().stream().map(App::name).toList();
    }

    private List<App> apps(Optional<String> name) {
        List<App> all = service.snapshot().apps();
        if (name.isEmpty()) {
            return all;
        }
        List<App> one =
                all.stream().filter(app -> app.name().equals(name.get())).toList();
        if (one.isEmpty()) {
            List<String> known = all.stream().map(App::name).toList();
            throw new CommandFailed("There is no app \"%s\". Apps: %s."
                    .formatted(name.get(), known.isEmpty() ? "none yet" : String.join(", ", known)));
        }
        return one;
    }

    /** One that is named must be postponable, or the service says why not; of all apps, those with a schedule are. */
    private List<App> postponable(Optional<String> name) {
        return apps(name).stream()
                .filter(app -> name.isPresent() || app.nextRestart().isPresent())
                .toList();
    }

    private Output each(List<App> apps, String command, String done) {
        for (App app : apps) {
            service.command(app.name(), command);
        }
        List<String> names = apps.stream().map(App::name).toList();
        return Output.sentence(names.isEmpty() ? "There are no apps." : done.formatted(String.join(", ", names)));
    }

    private Output restart(Command.Restart order) {
        Accepted accepted = service.command(
                order.app(), "restart", new RestartOrder(Optional.of(order.now()), Optional.empty(), Optional.empty()));
        if (!order.untilOver() || accepted.restartId().isEmpty()) {
            return Output.sentence("%s is restarting.".formatted(order.app()));
        }
        return Output.sentence(awaitEnd(accepted.seq(), accepted.restartId().get()));
    }

    private String restartKernels(Command.Kernels order) {
        long cursor = service.command(
                        order.app(), "kernels/restart", new KernelOrder(Optional.of(order.ids()), order.over()))
                .seq();
        Optional<Long> number = Optional.empty();
        while (!interrupted.get()) {
            Events events = service.events(cursor, POLL);
            for (Event event : events.events()) {
                // The first one behind what was accepted is ours.
                if (number.isEmpty() && event.type() == EventType.KERNEL_RESTART_ORDERED) {
                    number = Optional.of(event.seq());
                }
                if (event.type() == EventType.KERNEL_ORDER_DONE
                        && event.data().get("order") instanceof Number done
                        && number.equals(Optional.of(done.longValue()))) {
                    return event.message();
                }
            }
            cursor = events.seq();
        }
        throw new CommandFailed("The wait was interrupted; the order stands, and events tell what came of it.");
    }

    private String awaitEnd(long after, String restartId) {
        long cursor = after;
        while (!interrupted.get()) {
            Events events = service.events(cursor, POLL);
            for (Event event : events.events()) {
                boolean isOurs = event.restartId().equals(Optional.of(restartId));
                switch (event.type()) {
                    case RESTART_COMPLETED -> {
                        if (isOurs) {
                            return event.message();
                        }
                    }
                    case RESTART_FAILED, RESTART_CALLED_OFF -> {
                        if (isOurs) {
                            throw new CommandFailed(event.message());
                        }
                    }
                    default -> {}
                }
            }
            cursor = events.seq();
        }
        throw new CommandFailed("The wait was interrupted; the restart goes on.");
    }

    private List<Event> lastEvents(int n) {
        Snapshot snapshot = service.snapshot();
        if (n <= snapshot.events().size()) {
            return snapshot.events()
                    .subList(snapshot.events().size() - n, snapshot.events().size());
        }
        return service.events(Math.max(0, snapshot.seq() - n), Duration.ZERO).events();
    }
}
