package org.jupyterrestart.config;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.Schedule.Manners;
import org.jupyterrestart.lifecycle.Schedule.Missed;

/** Reads the keys of an app that say when it is restarted. */
final class ScheduleReader {
    static final Duration LEAST_PERIOD = Duration.ofSeconds(1);
    private static final String NEVER = "never";

    private final TomlSection section;
    private final ZoneId localZone;

    ScheduleReader(TomlSection section, ZoneId localZone) {
        this.section = section;
        this.localZone = localZone;
    }

    /** {@code isOverridden}: {@code interval} takes the place of what the file says, not only of the default. */
    Schedule read(Optional<Duration> interval, boolean isOverridden) {
        Manners manners = manners();
        Optional<Schedule> written = written(manners);
        Optional<Schedule> given = interval.map(period -> new Schedule.Every(period, manners));
        Schedule usual = new Schedule.Every(usualPeriod(), manners);
        return isOverridden
                ? given.or(() -> written).orElse(usual)
                : written.or(() -> given).orElse(usual);
    }

    private Optional<Schedule> written(Manners manners) {
        Optional<Schedule> every = section.text("every", text -> every(text, manners));
        Optional<Schedule> cron = section.text(
                "cron",
                line -> CronTimes.parse(line, manners.zone())
                        .then(_ -> new Parsed.Good<>(new Schedule.Cron(line, manners))));
        if (section.has("every") && section.has("cron")) {
            section.refuse("cron", "there is an `every` as well: keep one of the two");
        }
        return every.or(() -> cron);
    }

    private static Parsed<Schedule> every(String text, Manners manners) {
        return text.equals(NEVER)
                ? new Parsed.Good<>(Schedule.never())
                : Durations.parse(text, LEAST_PERIOD)
                        .then(period -> new Parsed.Good<>(new Schedule.Every(period, manners)));
    }

    private Manners manners() {
        return new Manners(
                section.text("jitter", Durations::parse).orElse(Duration.ZERO),
                section.texts("quiet", Texts::quiet).orElse(List.of()),
                section.text("missed", Choice.of(Missed.class)).orElse(Missed.ONCE),
                section.text("timezone", Texts::zone).orElse(localZone));
    }

    private static Duration usualPeriod() {
        return Schedule.everySixHours() instanceof Schedule.Every usual ? usual.period() : Duration.ofHours(6);
    }
}
