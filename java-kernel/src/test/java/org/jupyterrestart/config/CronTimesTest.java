package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

class CronTimesTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");

    @Test
    void firesAtThePlannedLocalTime() {
        assertEquals(
                List.of("2026-07-01T03:00+02:00", "2026-07-02T03:00+02:00"),
                fires("0 3 * * *", "2026-06-30T03:00:00+02:00", 2));
    }

    @Test
    void aTimeThatTheClocksSkipFiresAtTheFirstMomentAfterTheGap() {
        assertEquals(
                List.of("2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"),
                fires("30 2 * * *", "2026-03-28T00:00:00+01:00", 3));
    }

    @Test
    void severalSkippedTimesFireOnceTogether() {
        assertEquals(
                List.of("2026-03-29T01:45+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:15+02:00"),
                fires("*/15 * * * *", "2026-03-29T01:40:00+01:00", 3));
    }

    @Test
    void aTimeThatComesTwiceFiresTheFirstTimeOnly() {
        assertEquals(
                List.of("2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
                fires("30 2 * * *", "2026-10-25T00:00:00+02:00", 2));
    }

    @Test
    void askedInTheHourThatComesAgainItLooksBehindIt() {
        assertEquals(List.of("2026-10-25T03:00+01:00"), fires("*/30 * * * *", "2026-10-25T02:10:00+01:00", 1));
    }

    @Test
    void dayOfMonthAndDayOfWeekTogetherMeanEither() {
        assertEquals(
                List.of("2026-11-06T00:00+01:00", "2026-11-13T00:00+01:00", "2026-11-15T00:00+01:00"),
                fires("0 0 15 * 5", "2026-11-01T00:00:00+01:00", 3));
    }

    @Test
    void whatIsNoCronLineIsToldHowToWriteOne() {
        for (String line : List.of("", "* * * *", "60 * * * *", "0 25 * * *", "a b c d e", "0 0 0 3 * * *")) {
            String why = why(CronTimes.parse(line, PARIS));
            assertTrue(why.startsWith("\"" + line + "\" is no cron line ("), why);
            assertTrue(why.endsWith("as in 0 3 * * *"), why);
        }
        assertEquals(
                new Parsed.Bad<>("\"0 0 31 2 *\" names no day that exists: correct its day or month"),
                CronTimes.parse("0 0 31 2 *", PARIS));
    }

    /** The definition, by brute force: each local minute of a day's window, mapped to its moment. */
    @Test
    void aroundAnyChangeOfClocksEachLocalTimeFiresOnceAndInOrder() {
        List<ZoneId> zones =
                List.of(PARIS, ZoneId.of("America/New_York"), ZoneId.of("Australia/Lord_Howe"), ZoneId.of("UTC"));
        Seeds.forAll(300, random -> {
            ZoneId zone = zones.get(random.nextInt(zones.size()));
            int minute = random.nextInt(60);
            int hour = random.nextInt(4);
            CronTimes times = good("%d %d * * *".formatted(minute, hour), zone);
            Instant start = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextLong(360L * 86_400));

            Instant at = start;
            LocalDateTime day =
                    LocalDateTime.ofInstant(start, zone).toLocalDate().atTime(hour, minute);
            if (!moment(day, zone).isAfter(start)) {
                day = day.plusDays(1);
            }
            for (int i = 0; i < 10; i++) {
                at = times.next(at).orElseThrow();
                assertEquals(moment(day.plusDays(i), zone), at);
            }
        });
    }

    private static Instant moment(LocalDateTime local, ZoneId zone) {
        Instant moment = ZonedDateTime.ofLocal(local, zone, null).toInstant();
        boolean isSkipped = zone.getRules().getValidOffsets(local).isEmpty();
        return isSkipped ? moment.minus(overshoot(local, zone)) : moment;
    }

    /** How far into the gap a local time lies; Java moves it on by the length of the gap. */
    private static Duration overshoot(LocalDateTime local, ZoneId zone) {
        return Duration.between(zone.getRules().getTransition(local).getDateTimeBefore(), local);
    }

    private static List<String> fires(String line, String after, int count) {
        CronTimes times = good(line, PARIS);
        List<String> fires = new ArrayList<>();
        Instant at = ZonedDateTime.parse(after).toInstant();
        for (int i = 0; i < count; i++) {
            at = times.next(at).orElseThrow();
            fires.add(at.atZone(PARIS).toOffsetDateTime().toString());
        }
        return fires;
    }

    private static CronTimes good(String line, ZoneId zone) {
        return switch (CronTimes.parse(line, zone)) {
            case Parsed.Good<CronTimes>(CronTimes times) -> times;
            case Parsed.Bad<CronTimes>(String why) -> fail(why);
        };
    }

    private static String why(Parsed<CronTimes> parsed) {
        return switch (parsed) {
            case Parsed.Good<CronTimes>(CronTimes times) -> fail("was read as " + times);
            case Parsed.Bad<CronTimes>(String why) -> why;
        };
    }
}
