package org.jupyterrestart.probe;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.Prober;

/**
 * Checks apps on time: no thread waits for a next check, and an app is never asked two things at once. Its methods are
 * called by one thread.
 */
public final class TimedProber implements Prober {
    private final Clock clock;
    private final Function<Subject, ProbeCheck> checks;
    private final DoubleSupplier random;
    private final Map<String, Watch> watches = new HashMap<>();

    /** Held while a check of the app runs: the one of its next process begins when the last one is over. */
    private final Map<String, Lock> turns = new HashMap<>();

    /** @param random from 0 to 1, for apps that would else be asked all at the same moment */
    TimedProber(Clock clock, Function<Subject, ProbeCheck> checks, DoubleSupplier random) {
        this.clock = clock;
        this.checks = checks;
        this.random = random;
    }

    /** The real one; see {@link Checks} for the parameters. */
    public static TimedProber of(Clock clock, ProcessControl processes, Path home, Map<String, String> environment) {
        Checks checks = new Checks(processes, home, environment);
        return new TimedProber(
                clock, checks::of, () -> ThreadLocalRandom.current().nextDouble());
    }

    @Override
    public void start(Subject subject, Listener listener) {
        Watch known = watches.get(subject.app());
        if (known != null && known.isOf(subject)) {
            known.goOn(subject.isReady());
            return;
        }
        stop(subject.app());
        Lock turn = turns.computeIfAbsent(subject.app(), _ -> new ReentrantLock());
        Watch watch = new Watch(clock, turn, subject, checks.apply(subject), listener);
        watches.put(subject.app(), watch);
        watch.begin(random.getAsDouble());
    }

    @Override
    public void stop(String app) {
        Optional.ofNullable(watches.remove(app)).ifPresent(Watch::end);
    }
}
