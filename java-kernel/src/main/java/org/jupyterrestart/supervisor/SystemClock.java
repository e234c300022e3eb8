package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.process.BootTime;

/** The machine's clocks. The monotonic one is the same in each process of one boot. */
public final class SystemClock implements Clock {
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("timers").factory());

    public SystemClock() {
        timers.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Now now() {
        // Milliseconds are what the event log keeps: a time read back must equal the one written.
        return new Now(Instant.now().truncatedTo(ChronoUnit.MILLIS), System.nanoTime());
    }

    @Override
    public Duration sinceBoot() {
        return BootTime.passed();
    }

    @Override
    public Cancellable after(Duration delay, Runnable task) {
        // A task may block, and must not hold up the other timers.
        if (delay.isZero()) {
            Thread.startVirtualThread(task);
            return () -> {};
        }
        ScheduledFuture<?> timer =
                timers.schedule(() -> Thread.startVirtualThread(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> timer.cancel(false);
    }
}
