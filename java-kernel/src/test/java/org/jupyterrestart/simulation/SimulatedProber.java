package org.jupyterrestart.simulation;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.Prober;

/** Apps that are ready at once, late or never, that hang, and that replace their own program. */
final class SimulatedProber implements Prober {
    private final RandomGenerator random;
    private final Clock clock;
    private final BooleanSupplier isCalm;
    private final Map<String, Subject> checked = new HashMap<>();

    /** {@code clock} ends with the service that asks. */
    SimulatedProber(RandomGenerator random, Clock clock, BooleanSupplier isCalm) {
        this.random = random;
        this.clock = clock;
        this.isCalm = isCalm;
    }

    @Override
    public void start(Subject subject, Listener listener) {
        checked.put(subject.app(), subject);
        int luck = isCalm.getAsBoolean() ? 0 : random.nextInt(12);
        if (luck < 9) {
            listener.ready();
        } else if (luck == 9) {
            later(subject, listener::ready);
        }
        if (!isCalm.getAsBoolean() && random.nextInt(12) == 0) {
            later(subject, random.nextInt(3) == 0 ? listener::renewed : () -> listener.unhealthy("it does not answer"));
        }
    }

    private void later(Subject subject, Runnable news) {
        clock.after(Duration.ofMillis(random.nextInt(400_000)), () -> {
            if (subject.equals(checked.get(subject.app()))) {
                news.run();
            }
        });
    }

    @Override
    public void stop(String app) {
        checked.remove(app);
    }
}
