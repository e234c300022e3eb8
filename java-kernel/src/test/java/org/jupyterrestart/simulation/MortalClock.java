package org.jupyterrestart.simulation;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.supervisor.Clock;

/**
 * The clock of one service: its timers never run once that is gone.
 *
 * @param mortally runs what may be the service's end
 */
record MortalClock(Clock clock, BooleanSupplier isAlive, Consumer<Runnable> mortally) implements Clock {
    @Override
    public Now now() {
        return clock.now();
    }

    @Override
    public Duration sinceBoot() {
        return clock.sinceBoot();
    }

    @Override
    public Cancellable after(Duration delay, Runnable task) {
        return clock.after(delay, () -> {
            if (isAlive.getAsBoolean()) {
                mortally.accept(task);
            }
        });
    }
}
