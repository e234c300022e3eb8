package org.jupyterrestart.lifecycle;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/** When a cron line fires: a port, so that this package needs no cron library. */
@FunctionalInterface
public interface CronLines {
    /** The first fire after {@code after}, by the clocks of {@code zone}; empty when there is none. */
    Optional<Instant> next(String line, ZoneId zone, Instant after);
}
