package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.time.Instant;

/**
 * When a state is over whatever happens. The timer itself runs by the monotonic clock.
 *
 * @param at for people, and for a service that comes back to a state it left behind
 */
public record Deadline(Instant at, Duration length) {
    static Deadline in(Duration length, Now now) {
        return new Deadline(now.wall().plus(length), length);
    }

    /** Never longer than the whole, however the wall clock was set meanwhile. */
    public Duration remaining(Now now) {
        Duration rest = Duration.between(now.wall(), at);
        if (rest.isNegative()) {
            return Duration.ZERO;
        }
        return rest.compareTo(length) > 0 ? length : rest;
    }
}
