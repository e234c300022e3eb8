package org.jupyterrestart.supervisor;

import static org.jupyterrestart.event.EventType.MACHINE_ENDING;
import static org.jupyterrestart.event.EventType.MACHINE_STAYS;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState.AwaitingIdle;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Work.Ask;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * Has everything ready for the end of the machine that its user foretold: told before, documents saved by the tabs that
 * hear of it, prompts held. Nothing is stopped: should the machine live on, its queues go on by themselves. On the loop.
 */
final class MachineEnd {
    /** How long before the end. */
    static final Duration LEAD = Duration.ofMinutes(5);

    /** What still runs then would be cut in the middle of a file. */
    private static final Duration INTERRUPT = Duration.ofMinutes(1);

    /** A machine may sleep, which no timer sees. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    /** A queue is held for two minutes at a time. */
    private static final Duration HOLD = Duration.ofSeconds(30);

    private static final int FIRST_PROCESS = 1;

    /** {@code USER_HZ}, the same on every architecture that has a Java. */
    private static final Duration TICK = Duration.ofMillis(10);

    private static final Note HELD = new Note(
            "queue_held",
            "Its queue is held, as this machine ends soon: what is sent to it is kept for its next start.",
            "machine_ends_after in restart.toml says when. Should the machine live on, the queue goes on within two"
                    + " minutes of that time.");

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Supplier<Optional<Duration>> after;
    private Clock.Cancellable next = () -> {};
    private boolean isTold;

    /** @param after the time from the machine's start to its end, where it is known */
    MachineEnd(Ports ports, Apps apps, Loop loop, Supplier<Optional<Duration>> after) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.after = after;
    }

    /** Begins, or looks again at what is set. */
    void start() {
        next.cancel();
        Optional<Duration> left = after.get().map(length -> length.minus(age()));
        if (left.isPresent()) {
            look(left.get());
        } else {
            isTold = false;
        }
    }

    /** What people should know of an app whose queue is held. */
    Optional<Note> note(App app) {
        return Optional.of(HELD).filter(_ -> isTold && isHeld(app));
    }

    private void look(Duration left) {
        if (!left.isPositive()) {
            stays();
        } else if (left.compareTo(LEAD) > 0) {
            isTold = false;
            again(shorter(LOOK, left.minus(LEAD)));
        } else {
            if (!isTold) {
                isTold = true;
                tellOfEnd(left);
            }
            hold(left.compareTo(INTERRUPT) > 0 ? Ask.DRAIN : Ask.INTERRUPT);
            again(shorter(HOLD, left));
        }
    }

    private void again(Duration delay) {
        next = ports.clock()
                .after(delay.plusMillis(1), () -> loop.submit(this::start)); // a timer cuts off parts of one
    }

    private void stays() {
        if (isTold) {
            isTold = false;
            tell(
                    MACHINE_STAYS,
                    "The machine lives on though machine_ends_after is over: queues go on within two minutes",
                    Map.of());
        }
    }

    private void tellOfEnd(Duration left) {
        Instant end = ports.clock().now().wall().plus(left);
        tell(
                MACHINE_ENDING,
                "This machine ends in %d min: open documents are saved, queues are held and kept for the next start"
                        .formatted(left.plusSeconds(59).toMinutes()),
                Map.of("ends_at", end.toString(), "left_s", left.toSeconds()));
    }

    /** What is restarted or stopped just now is drained by that. */
    private void hold(Ask ask) {
        List<App> subjects = apps.all().stream().filter(MachineEnd::isHeld).toList();
        subjects.forEach(app ->
                ports.clock().after(Duration.ZERO, () -> ports.workload().ask(app, ask)));
    }

    private static boolean isHeld(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS
                && (app.state() instanceof Running || app.state() instanceof AwaitingIdle);
    }

    /** Since the start of its first process: in a container that is the container's own, else the system's. */
    private Duration age() {
        long ticks = ports.processes()
                .identify(FIRST_PROCESS)
                .map(ProcessIdentity::startTicks)
                .orElse(0L);
        return ports.clock().sinceBoot().minus(TICK.multipliedBy(ticks));
    }

    private void tell(EventType type, String message, Map<String, Object> data) {
        apps.tell(new EventDraft(
                ports.clock().now().wall(), Optional.empty(), type, Optional.empty(), Optional.empty(), message, data));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
