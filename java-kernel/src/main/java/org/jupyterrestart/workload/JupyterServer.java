package org.jupyterrestart.workload;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jupyterrestart.lifecycle.Work;

/**
 * The kernels of Jupyter servers. Only a server knows them, and it tells of them by itself while a restart of it waits;
 * one that does not is not waited for: its kernels outlive the restart.
 */
final class JupyterServer {
    /** What was told this long ago is no longer so. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    /** The time that a server has to hear that its restart waits. */
    private static final Duration HEARING = Duration.ofSeconds(20);

    private final LongSupplier nanos;
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final Map<String, Asked> asked = new ConcurrentHashMap<>();

    /** {@code nanos} is a monotonic clock. */
    JupyterServer(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private record Told(Work work, long at) {}

    /** @param since the first of the questions that followed each other */
    private record Asked(long since, long last) {}

    void told(String app, Work work) {
        told.put(app, new Told(work, nanos.getAsLong()));
    }

    Work ask(String app) {
        long now = nanos.getAsLong();
        Asked asking = asked.compute(
                app,
                (_, before) ->
                        new Asked(before == null || isOver(before.last(), FRESH, now) ? now : before.since(), now));
        Told last = told.get(app);
        if (last != null && !isOver(last.at(), FRESH, now)) {
            return last.work();
        }
        return isOver(asking.since(), HEARING, now) ? Work.NONE : Work.UNHEARD;
    }

    private static boolean isOver(long since, Duration time, long now) {
        return now - since > time.toNanos();
    }
}
