package org.jupyterrestart.config;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.jupyterrestart.lifecycle.CronLines;

/** {@link CronLines} by {@link CronTimes}. */
public final class CronFires implements CronLines {
    /** Empty as well for a line that is none: the loader has refused those. */
    @Override
    public Optional<Instant> next(String line, ZoneId zone, Instant after) {
        return switch (CronTimes.parse(line, zone)) {
            case Parsed.Good<CronTimes>(CronTimes times) -> times.next(after);
            case Parsed.Bad<CronTimes> _ -> Optional.empty();
        };
    }
}
