package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

/** Any cron line, by its definition: each minute of the local calendar that its fields name, and no other. */
class CronPropertyTest {
    private static final Instant YEAR = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration WINDOW = Duration.ofDays(2);
    private static final List<ZoneId> ZONES = List.of(
            ZoneId.of("Europe/Paris"),
            ZoneId.of("America/New_York"),
            ZoneId.of("Australia/Lord_Howe"),
            ZoneId.of("Asia/Kolkata"),
            ZoneId.of("UTC"));

    @Test
    void firesAreTheMinutesThatTheFieldsNameInStrictOrder() {
        Seeds.forAll(120, random -> {
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            Line line = Line.draw(random);
            Instant start = start(zone, random);
            Instant end = start.plus(WINDOW);

            assertEquals(expected(line, zone, start, end), fires(line, zone, start, end), () -> line + " in " + zone);
        });
    }

    /** Near a change of clocks, where there is one, and else anywhere. */
    private static Instant start(ZoneId zone, RandomGenerator random) {
        Instant any = YEAR.plusSeconds(random.nextLong(300L * 86_400));
        ZoneOffsetTransition change = zone.getRules().nextTransition(any);
        return change == null || random.nextInt(4) == 0
                ? any
                : change.getInstant().minusSeconds(random.nextLong(WINDOW.toSeconds()));
    }

    private static List<Instant> fires(Line line, ZoneId zone, Instant start, Instant end) {
        CronTimes times = switch (CronTimes.parse(line.toString(), zone)) {
            case Parsed.Good<CronTimes>(CronTimes good) -> good;
            case Parsed.Bad<CronTimes>(String why) -> fail(why);
        };
        List<Instant> fires = new ArrayList<>();
        for (Instant at = times.next(start).orElse(end);
                at.isBefore(end);
                at = times.next(at).orElse(end)) {
            fires.add(at);
        }
        return fires;
    }

    private static List<Instant> expected(Line line, ZoneId zone, Instant start, Instant end) {
        TreeSet<Instant> moments = new TreeSet<>();
        LocalDateTime first = LocalDateTime.ofInstant(start, zone).minusDays(1).truncatedTo(ChronoUnit.MINUTES);
        LocalDateTime last = LocalDateTime.ofInstant(end, zone).plusDays(1);
        for (LocalDateTime minute = first; minute.isBefore(last); minute = minute.plusMinutes(1)) {
            if (line.names(minute)) {
                moments.add(moment(minute, zone));
            }
        }
        return moments.stream()
                .filter(at -> at.isAfter(start) && at.isBefore(end))
                .toList();
    }

    /** The first of two, and the end of a gap. */
    private static Instant moment(LocalDateTime local, ZoneId zone) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        return offsets.isEmpty()
                ? zone.getRules().getTransition(local).getInstant()
                : local.toInstant(offsets.getFirst());
    }

    private record Line(Field minute, Field hour, Field day, Field month, Field weekday) {
        static Line draw(RandomGenerator random) {
            return new Line(
                    Field.draw(random, 0, 59, 1),
                    Field.draw(random, 0, 23, 2),
                    Field.draw(random, 1, 31, 3),
                    Field.draw(random, 1, 12, 5), // with 31 days alone a line may name no day
                    Field.draw(random, 0, 6, 3));
        }

        boolean names(LocalDateTime time) {
            boolean isDay = day.names(time.getDayOfMonth());
            boolean isWeekday = weekday.names(time.getDayOfWeek().getValue() % 7);
            // As in every cron since the first: two named days mean either.
            boolean isOnDay = day.isAny() || weekday.isAny() ? isDay && isWeekday : isDay || isWeekday;
            return minute.names(time.getMinute())
                    && hour.names(time.getHour())
                    && month.names(time.getMonthValue())
                    && isOnDay;
        }

        @Override
        public String toString() {
            return "%s %s %s %s %s".formatted(minute.text, hour.text, day.text, month.text, weekday.text);
        }
    }

    private record Field(String text, BitSet values) {
        /** {@code *} in all but one of {@code anyIn} cases. */
        static Field draw(RandomGenerator random, int least, int most, int anyIn) {
            BitSet values = new BitSet();
            if (random.nextInt(anyIn) > 0) {
                values.set(least, most + 1);
                return new Field("*", values);
            }
            List<String> parts = new ArrayList<>();
            for (int part = random.nextInt(3); part >= 0; part--) {
                int from = random.nextInt(least, most + 1);
                int to = random.nextInt(from, most + 1);
                int step = random.nextInt(1, 5);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        parts.add(Integer.toString(from));
                        values.set(from);
                    }
                    case 1 -> {
                        parts.add("%d-%d".formatted(from, to));
                        values.set(from, to + 1);
                    }
                    default -> {
                        parts.add("%d-%d/%d".formatted(from, to, step));
                        for (int value = from; value <= to; value += step) {
                            values.set(value);
                        }
                    }
                }
            }
            return new Field(String.join(",", parts), values);
        }

        boolean isAny() {
            return text.equals("*");
        }

        boolean names(int value) {
            return values.get(value);
        }
    }
}
