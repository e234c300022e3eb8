package org.jupyterrestart.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them: {@code 512MB}, {@code 1.5GB}. A KB is 1,024 bytes, as {@code df -h} and {@code free -h}
 * count; KiB means the same.
 */
public final class Sizes {
    private static final Pattern FORM =
            Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?)([KMGT]?)(?:i?B)", Pattern.CASE_INSENSITIVE);
    private static final List<String> PREFIXES = List.of("", "K", "M", "G", "T");
    private static final int STEP = 1024;

    /** From this unit on, one decimal is shown of what has less than three digits. */
    private static final int MEGA = 2;

    private static final double BIG = 99.95;

    private Sizes() {}

    /** In bytes; a part of a byte is cut off. */
    public static Parsed<Long> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return bad(text);
        }
        int power = PREFIXES.indexOf(form.group(2).toUpperCase(Locale.ROOT));
        BigDecimal bytes =
                new BigDecimal(form.group(1)).multiply(BigDecimal.valueOf(STEP).pow(power));
        return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
                ? new Parsed.Bad<>("%s is more than any machine has: write a smaller size".formatted(text))
                : new Parsed.Good<>(bytes.setScale(0, RoundingMode.DOWN).longValueExact());
    }

    /** Like {@link #parse}, for a size that must not be below {@code least} bytes. */
    public static Parsed<Long> parse(String text, long least) {
        return parse(text)
                .then(size -> size < least
                        ? new Parsed.Bad<>("%s is too small: at least %s".formatted(text, format(least)))
                        : new Parsed.Good<>(size));
    }

    /** The shortest form that {@link #parse} reads back as the same number of bytes, in whole units. */
    public static String format(long bytes) {
        int power = 0;
        long count = bytes;
        while (count > 0 && count % STEP == 0 && power < PREFIXES.size() - 1) {
            count /= STEP;
            power++;
        }
        return count + PREFIXES.get(power) + "B";
    }

    /** For people, in every part of the product: {@code 8.2 GB}, {@code 182 MB}, {@code 12 KB}. */
    public static String words(long bytes) {
        double count = bytes;
        int power = 0;
        // 1023.5 would be rounded to 1024 of its unit.
        while (count >= STEP - 0.5 && power < PREFIXES.size() - 1) {
            count /= STEP;
            power++;
        }
        String format = power >= MEGA && count < BIG ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, count).replaceFirst("\\.0$", "") + " " + PREFIXES.get(power) + "B";
    }

    private static Parsed<Long> bad(String text) {
        return new Parsed.Bad<>("\"%s\" is no size: write it like 512MB, 20GB or 1.5GB".formatted(text));
    }
}
