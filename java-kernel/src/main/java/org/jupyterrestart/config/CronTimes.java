package org.jupyterrestart.config;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Optional;

/**
 * The moments that a cron line of five fields names in a time zone. A time that the clocks skip is the first moment
 * after the gap; a time that comes twice is the first of the two.
 */
public final class CronTimes {
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    private static final Instant ANY_TIME = Instant.parse("2026-01-01T00:00:00Z");

    private final Cron cron;
    private final ExecutionTime localTimes;
    private final ZoneId zone;

    private CronTimes(Cron cron, ZoneId zone) {
        this.cron = cron;
        this.zone = zone;
        localTimes = ExecutionTime.forCron(cron);
    }

    public static Parsed<CronTimes> parse(String line, ZoneId zone) {
        CronTimes times;
        try {
            times = new CronTimes(PARSER.parse(line).validate(), zone);
        } catch (IllegalArgumentException e) {
            return new Parsed.Bad<>(("\"%s\" is no cron line (%s): "
                            + "write minute, hour, day of month, month and day of week, as in 0 3 * * *")
                    .formatted(line, e.getMessage()));
        }
        return times.next(ANY_TIME).isPresent()
                ? new Parsed.Good<>(times)
                : new Parsed.Bad<>("\"%s\" names no day that exists: correct its day or month".formatted(line));
    }

    /** The first of these moments that is later than {@code after}. */
    public Optional<Instant> next(Instant after) {
        Optional<LocalDateTime> local = nextLocal(LocalDateTime.ofInstant(after, zone));
        // Local times of an hour that comes a second time name moments of its first coming: those are over.
        while (local.isPresent() && !moment(local.get()).isAfter(after)) {
            local = nextLocal(local.get());
        }
        return local.map(this::moment);
    }

    /** Computed as if clocks never changed, so that no local time is left out or doubled. */
    private Optional<LocalDateTime> nextLocal(LocalDateTime after) {
        return localTimes.nextExecution(after.atZone(ZoneOffset.UTC)).map(time -> time.toLocalDateTime());
    }

    private Instant moment(LocalDateTime local) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        if (offsets.isEmpty()) {
            ZoneOffsetTransition gap = zone.getRules().getTransition(local);
            return gap.getInstant();
        }
        return local.toInstant(offsets.getFirst());
    }

    @Override
    public String toString() {
        return "%s %s".formatted(cron.asString(), zone);
    }
}
