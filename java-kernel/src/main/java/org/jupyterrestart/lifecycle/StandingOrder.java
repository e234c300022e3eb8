package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.AppEvent.Exited;
import org.jupyterrestart.lifecycle.AppEvent.TurnCome;
import org.jupyterrestart.lifecycle.AppState.Queued;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.AppState.Waiting;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Standing;

/**
 * What the end of an app would lead to, its crash or the end that a restart has asked for, asked of the machine itself:
 * where that is a start at once, its keeper can be told now. It is carried out without the service, and the machine
 * still has the last word on what was started.
 *
 * @param marker of the process that is started
 */
public record StandingOrder(String marker, Program program, Standing terms) {
    /** After a longer wait a millisecond counts for nothing. */
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);

    private static final ExitStatus CRASH = new ExitStatus.Signal(9);
    private static final ExitStatus SUCCESS = new ExitStatus.Code(0);

    /**
     * Empty where it would not be started at once, or something must be looked at before: other apps, ports, what is
     * left of a server in whose place another one starts.
     */
    public static Optional<StandingOrder> of(Machine machine, App app, Now now) {
        boolean isAlone = app.spec().dependsOn().isEmpty() && app.ports().isEmpty();
        if (!isAlone || app.life() instanceof Life.InPlace) {
            return Optional.empty();
        }
        return switch (app.state()) {
            case Running running -> new Foresight(machine, app, running.instance()).afterCrash(now);
            case Stopping stopping
            when app.restart().isPresent() -> new Foresight(machine, app, stopping.instance()).afterStop(now);
            default -> Optional.empty();
        };
    }

    private record Foresight(Machine machine, App app, Instance instance) {
        /** However it ends: it was told to. */
        Optional<StandingOrder> afterStop(Now now) {
            return start(SUCCESS, now).flatMap(spawning -> ordered(spawning, new Standing(Duration.ZERO, true)));
        }

        Optional<StandingOrder> afterCrash(Now now) {
            Duration backoff = after(CRASH, now).state() instanceof Waiting waiting
                    ? waiting.deadline().remaining(now)
                    : Duration.ZERO;
            Now then = new Now(now.wall().plus(backoff), now.nanos() + backoff.toNanos());
            Optional<Spawning> start = backoff.compareTo(LONGEST_BACKOFF) > 0 ? Optional.empty() : start(CRASH, then);
            Standing terms =
                    new Standing(instance.age(then), start(SUCCESS, then).equals(start));
            return start.flatMap(spawning -> ordered(spawning, terms));
        }

        private Optional<StandingOrder> ordered(Spawning start, Standing terms) {
            return app.program().map(program -> new StandingOrder(start.marker(), program, terms));
        }

        private App after(ExitStatus status, Now then) {
            return machine.step(app, new Exited(instance.identity(), status, true), then)
                    .app();
        }

        private Optional<Spawning> start(ExitStatus status, Now then) {
            App ended = after(status, then);
            App started = ended.state() instanceof Queued
                    ? machine.step(ended, new TurnCome(ended.entry(), List.of()), then)
                            .app()
                    : ended;
            return started.state() instanceof Spawning spawning ? Optional.of(spawning) : Optional.empty();
        }
    }
}
