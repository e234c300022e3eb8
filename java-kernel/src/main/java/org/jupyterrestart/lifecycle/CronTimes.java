package org.jupyterrestart.lifecycle;

import java.time.Instant;
import java.time.ZoneId;

/**
 * When a cron expression of five fields fires. A time that daylight saving skips fires at the first moment after the
 * gap, one that comes twice fires once.
 */
@FunctionalInterface
public interface CronTimes {
    /** The first fire after {@code after}; {@link Instant#MAX} when there is none. */
    Instant next(String expression, ZoneId zone, Instant after);
}
