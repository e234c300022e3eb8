package org.jupyterrestart.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 10s}, {@code 1h30m}, {@code 1d} (24 hours). */
public final class Durations {
    private static final Pattern FORM =
            Pattern.compile("(?=.)(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");
    private static final List<Unit> UNITS = List.of(
            new Unit("d", Duration.ofDays(1)),
            new Unit("h", Duration.ofHours(1)),
            new Unit("m", Duration.ofMinutes(1)),
            new Unit("s", Duration.ofSeconds(1)),
            new Unit("ms", Duration.ofMillis(1)));

    /** Ten years: longer ones are slips of the hand, and at 292 years the clock's nanoseconds would overflow. */
    private static final Duration LONGEST = Duration.ofDays(3650);

    private Durations() {}

    private record Unit(String name, Duration length) {}

    /** Whole numbers, the largest unit first, each unit at most once. */
    public static Parsed<Duration> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return new Parsed.Bad<>(
                    "\"%s\" is no duration: write it like 500ms, 10s, 5m, 2h, 1h30m or 1d".formatted(text));
        }
        Duration sum = Duration.ZERO;
        for (int i = 0; i < UNITS.size(); i++) {
            String count = form.group(i + 1);
            if (count != null) {
                sum = sum.plus(UNITS.get(i).length().multipliedBy(Long.parseLong(count)));
            }
        }
        return sum.compareTo(LONGEST) > 0
                ? new Parsed.Bad<>("%s is too long: at most %s".formatted(text, format(LONGEST)))
                : new Parsed.Good<>(sum);
    }

    /** Like {@link #parse}, for a duration that must not be shorter than {@code least}. */
    public static Parsed<Duration> parse(String text, Duration least) {
        return parse(text)
                .then(duration -> duration.compareTo(least) < 0
                        ? new Parsed.Bad<>("%s is too short: at least %s".formatted(text, format(least)))
                        : new Parsed.Good<>(duration));
    }

    /** The shortest form that {@link #parse} reads back; what is below a millisecond is cut off. */
    public static String format(Duration duration) {
        List<String> parts = new ArrayList<>();
        long rest = duration.toMillis();
        for (Unit unit : UNITS) {
            long length = unit.length().toMillis();
            if (rest >= length) {
                parts.add(rest / length + unit.name());
                rest %= length;
            }
        }
        return parts.isEmpty() ? "0s" : String.join("", parts);
    }
}
