package org.jupyterrestart.lifecycle;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is remembered of an app's past.
 *
 * @param begun numbers the next restart
 * @param completed restarts completed
 * @param crashes monotonic times in nanoseconds of its recent crashes, oldest first
 */
public record History(long begun, int completed, Optional<LastRestart> last, List<Long> crashes) {
    public History {
        crashes = List.copyOf(crashes);
    }

    /** The last restart that was completed. */
    public record LastRestart(Instant at, Reason reason) {}

    /** Nothing yet. */
    static History from(long begun) {
        return new History(begun, 0, Optional.empty(), List.of());
    }

    History withBegun() {
        return new History(begun + 1, completed, last, crashes);
    }

    History withCompleted(LastRestart restart) {
        return new History(begun, completed + 1, Optional.of(restart), crashes);
    }

    History withCrashes(List<Long> times) {
        return new History(begun, completed, last, times);
    }
}
