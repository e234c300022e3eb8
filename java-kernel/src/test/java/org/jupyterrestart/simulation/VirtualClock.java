package org.jupyterrestart.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.supervisor.Clock;

/** Time that passes only when it is told to. Timers at one moment run in the order they were set. */
public final class VirtualClock implements Clock {
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));
    private long nanos;
    private Instant start = Instant.parse("2026-11-24T00:00:00Z");
    private Duration suspended = Duration.ofHours(1);
    private long count;

    private record Timer(long due, long number, Runnable task) {}

    @Override
    public Now now() {
        return new Now(start.plusNanos(nanos), nanos);
    }

    @Override
    public Duration sinceBoot() {
        return suspended.plusNanos(nanos);
    }

    @Override
    public Cancellable after(Duration delay, Runnable task) {
        // Whole milliseconds, as the real clock: a time read back must equal the one written.
        Timer timer = new Timer(nanos + Math.max(0, delay.toMillis()) * 1_000_000, count++, task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /** Somebody sets the wall clock. */
    public void jump(Duration by) {
        start = start.plus(by);
    }

    /** The machine sleeps: no timer moves. */
    public void suspend(Duration length) {
        suspended = suspended.plus(length);
        start = start.plus(length);
    }

    /** Runs what is due within {@code time}, and then lets the rest of it pass. */
    public void advance(Duration time, Runnable afterEach) {
        long end = nanos + time.toNanos();
        while (!timers.isEmpty() && timers.peek().due() <= end) {
            Timer next = timers.remove();
            nanos = next.due();
            next.task().run();
            afterEach.run();
        }
        nanos = end;
    }
}
