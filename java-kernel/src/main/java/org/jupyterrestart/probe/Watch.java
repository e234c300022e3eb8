package org.jupyterrestart.probe;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import org.jupyterrestart.probe.ProbeCounter.Counted;
import org.jupyterrestart.probe.ProbeCounter.Health;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.Prober.Listener;
import org.jupyterrestart.supervisor.Prober.Subject;

/** The checks of one process, one after the other. */
final class Watch {
    /** An app that starts is asked often at first, so that it is known to be ready at once. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final double GROWTH = 1.5;

    private final Clock clock;
    private final Lock turn;
    private final Subject subject;
    private final ProbeCheck check;
    private final Listener listener;
    private volatile boolean isEnded;
    private volatile boolean isKnownReady;

    /** Both are touched by who holds {@code turn} alone. */
    private ProbeCounter counter;

    private Duration pause = FIRST_PAUSE;

    Watch(Clock clock, Lock turn, Subject subject, ProbeCheck check, Listener listener) {
        this.clock = clock;
        this.turn = turn;
        this.subject = subject;
        this.check = check;
        this.listener = listener;
        isKnownReady = subject.isReady();
        counter = ProbeCounter.starting(subject.spec().failures());
    }

    boolean isOf(Subject other) {
        return subject.identity().equals(other.identity()) && subject.spec().equals(other.spec());
    }

    /** @param share of the first interval that passes before the first check, where the app is ready already */
    void begin(double share) {
        long jitter = (long) (subject.spec().every().toNanos() * share);
        schedule(subject.isReady() ? Duration.ofNanos(jitter) : Duration.ZERO);
    }

    void goOn(boolean isReady) {
        isKnownReady |= isReady;
    }

    void end() {
        isEnded = true;
    }

    private void schedule(Duration delay) {
        clock.after(delay, this::round);
    }

    private void round() {
        turn.lock();
        try {
            if (isEnded) {
                return;
            }
            long begun = clock.now().nanos();
            take(problem());
            if (!isEnded && check.isRenewed()) {
                listener.renewed();
            }
            Duration spent = Duration.ofNanos(clock.now().nanos() - begun);
            schedule(next().minus(spent));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            turn.unlock();
        }
    }

    private Optional<String> problem() throws InterruptedException {
        try {
            return check.problem();
        } catch (RuntimeException e) {
            return Optional.of("it could not be checked: " + e);
        }
    }

    private void take(Optional<String> problem) {
        if (isEnded) {
            return;
        }
        if (isKnownReady && counter.health() == Health.STARTING) {
            counter = ProbeCounter.ready(counter.threshold());
        }
        Counted counted = counter.count(problem.isEmpty());
        counter = counted.counter();
        switch (counted.change()) {
            case NONE -> {}
            case READY, WELL_AGAIN -> listener.ready();
            case UNHEALTHY -> listener.unhealthy(problem.orElseThrow());
        }
    }

    private Duration next() {
        Duration every = subject.spec().every();
        if (counter.health() != Health.STARTING) {
            return every;
        }
        Duration now = pause;
        pause = shorter(LONGEST_PAUSE, Duration.ofNanos((long) (now.toNanos() * GROWTH)));
        return shorter(every, now);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
