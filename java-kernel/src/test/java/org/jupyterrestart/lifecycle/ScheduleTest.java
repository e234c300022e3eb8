package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.config.CronFires;
import org.jupyterrestart.lifecycle.Schedule.Cron;
import org.jupyterrestart.lifecycle.Schedule.Every;
import org.jupyterrestart.lifecycle.Schedule.Manners;
import org.jupyterrestart.lifecycle.Schedule.Missed;
import org.jupyterrestart.lifecycle.Schedule.Quiet;

class ScheduleTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");
    private static final Quiet NIGHT = new Quiet(LocalTime.of(22, 0), LocalTime.of(7, 0));
    private static final Quiet LATE = new Quiet(LocalTime.of(22, 0), LocalTime.of(2, 30));
    private static final Quiet NOON = new Quiet(LocalTime.of(12, 0), LocalTime.of(13, 0));

    private static Manners quiet(ZoneId zone, Quiet... ranges) {
        return new Manners(Duration.ZERO, List.of(ranges), Missed.ONCE, zone);
    }

    static Stream<Arguments> fires() {
        Duration sixHours = Duration.ofHours(6);
        return Stream.of(
                arguments(Schedule.never(), "2026-11-24T06:00:00Z", Optional.empty()),
                arguments(Schedule.everySixHours(), "2026-11-24T06:00:00Z", at("2026-11-24T12:00:00Z")),
                // 19:00 falls into no quiet time, 01:00 is put off to its end, in local time.
                arguments(new Every(sixHours, quiet(PARIS, NIGHT)), "2026-11-24T12:00:00Z", at("2026-11-24T18:00:00Z")),
                arguments(new Every(sixHours, quiet(PARIS, NIGHT)), "2026-11-24T18:00:00Z", at("2026-11-25T06:00:00Z")),
                arguments(
                        new Every(sixHours, quiet(ZoneOffset.UTC, NOON)),
                        "2026-11-24T06:00:00Z",
                        at("2026-11-24T13:00:00Z")),
                // Ranges that touch are left one after the other, in any order.
                arguments(
                        new Every(
                                sixHours,
                                quiet(ZoneOffset.UTC, new Quiet(LocalTime.of(13, 0), LocalTime.of(15, 0)), NOON)),
                        "2026-11-24T06:00:00Z",
                        at("2026-11-24T15:00:00Z")),
                arguments(new Cron("0 3 * * *", quiet(PARIS)), "2026-11-24T06:00:00Z", at("2026-11-25T02:00:00Z")),
                arguments(
                        new Cron("0 3 * * *", quiet(PARIS, NIGHT)), "2026-11-24T06:00:00Z", at("2026-11-25T06:00:00Z")),
                // Quiet until 02:30, which the clocks skip: until 03:00, the first moment after.
                arguments(new Every(sixHours, quiet(PARIS, LATE)), "2026-03-28T19:00:00Z", at("2026-03-29T01:00:00Z")),
                // Quiet until 02:30, which comes twice: until the first, and in the hour that comes again until the
                // second.
                arguments(new Every(sixHours, quiet(PARIS, LATE)), "2026-10-24T17:00:00Z", at("2026-10-25T00:30:00Z")),
                arguments(new Every(sixHours, quiet(PARIS, LATE)), "2026-10-24T18:45:00Z", at("2026-10-25T00:45:00Z")),
                arguments(new Every(sixHours, quiet(PARIS, LATE)), "2026-10-24T19:15:00Z", at("2026-10-25T01:30:00Z")),
                // Six hours are six hours, also over a change of clocks.
                arguments(Schedule.everySixHours(), "2026-03-28T22:00:00Z", at("2026-03-29T04:00:00Z")),
                // The clocks go forward over 02:30.
                arguments(new Cron("30 2 * * *", quiet(PARIS)), "2026-03-28T12:00:00Z", at("2026-03-29T01:00:00Z")));
    }

    private static Optional<Instant> at(String time) {
        return Optional.of(Instant.parse(time));
    }

    @ParameterizedTest
    @MethodSource("fires")
    void nextFire(Schedule schedule, String after, Optional<Instant> expected) {
        assertEquals(expected, schedule.next(Instant.parse(after), 0, new CronFires()));
    }

    @Test
    void jitterIsTheSameForADrawAndSpreadOverItsWholeRange() {
        Instant start = Instant.parse("2026-11-24T06:00:00Z");
        Manners manners = new Manners(Duration.ofMinutes(10), List.of(), Missed.ONCE, ZoneOffset.UTC);
        Schedule hourly = new Every(Duration.ofHours(1), manners);
        List<Long> minutes = LongStream.range(0, 1_000)
                .map(draw -> Duration.between(
                                        start,
                                        hourly.next(start, draw, new CronFires())
                                                .orElseThrow())
                                .toMinutes()
                        - 60)
                .boxed()
                .toList();
        assertEquals(
                List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L),
                minutes.stream().distinct().sorted().toList());
    }

    @Test
    void noFireIsInAQuietTimeOrBeforeItsTime() {
        Seeds.forAll(2_000, random -> {
            Quiet range = new Quiet(LocalTime.of(random.nextInt(24), 0), LocalTime.of(random.nextInt(24), 30));
            Manners manners = new Manners(Duration.ofMinutes(random.nextInt(30)), List.of(range), Missed.SKIP, PARIS);
            Instant after = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextLong(31_536_000));
            Schedule schedule = new Every(Duration.ofMinutes(1 + random.nextInt(600)), manners);
            Instant fire =
                    schedule.next(after, random.nextLong(), new CronFires()).orElseThrow();
            assertFalse(range.contains(fire.atZone(PARIS).toLocalTime()), fire + " is in " + range);
            assertFalse(fire.isBefore(after), fire + " is before " + after);
        });
    }
}
