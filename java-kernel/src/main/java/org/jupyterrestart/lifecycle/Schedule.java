package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Optional;

/** When an app is restarted without anybody asking. */
public sealed interface Schedule {
    static Schedule never() {
        return new Never();
    }

    static Schedule everySixHours() {
        return new Every(Duration.ofHours(6), Manners.PLAIN);
    }

    /** No schedule. */
    record Never() implements Schedule {}

    /** At equal distances, counted from the last restart. */
    record Every(Duration period, Manners manners) implements Schedule {
        public Every {
            if (period.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("a period must be at least 1 s, not " + period);
            }
        }
    }

    /** At calendar times, in the zone of {@code manners}. */
    record Cron(String line, Manners manners) implements Schedule {}

    /**
     * What any schedule minds.
     *
     * @param jitter a fire is put off by up to this, by a draw per fire
     * @param quiet times of the day without fires: one that falls in is put off to the end
     * @param missed what becomes of a fire that nobody was there for
     * @param zone of {@code quiet} and of calendar times
     */
    record Manners(Duration jitter, List<Quiet> quiet, Missed missed, ZoneId zone) {
        public static final Manners PLAIN = new Manners(Duration.ZERO, List.of(), Missed.ONCE, ZoneOffset.UTC);

        public Manners {
            quiet = List.copyOf(quiet);
        }
    }

    /** A time of each day, from its start to before its end; over midnight where the end is not after the start. */
    record Quiet(LocalTime from, LocalTime to) {
        boolean contains(LocalTime time) {
            return from.isBefore(to)
                    ? !time.isBefore(from) && time.isBefore(to)
                    : !time.isBefore(from) || time.isBefore(to);
        }

        /** Its first end after {@code time}; where the clocks skip that, the first moment after the gap. */
        private ZonedDateTime end(ZonedDateTime time) {
            LocalDate day = time.toLocalDate();
            LocalDateTime end = (time.toLocalTime().isBefore(to) ? day : day.plusDays(1)).atTime(to);
            ZoneOffsetTransition change = time.getZone().getRules().getTransition(end);
            return change != null && change.isGap()
                    ? change.getInstant().atZone(time.getZone())
                    : ZonedDateTime.ofLocal(end, time.getZone(), time.getOffset());
        }
    }

    /** A fire that nobody was there for. */
    enum Missed {
        /** is made up for, once for all that were missed. */
        ONCE,
        /** is left out. */
        SKIP
    }

    /**
     * The first fire after {@code after}; empty when none comes.
     *
     * @param draw any number; the same draw gives the same jitter
     */
    default Optional<Instant> next(Instant after, long draw, CronLines cron) {
        return switch (this) {
            case Never _ -> Optional.empty();
            case Every(Duration period, Manners manners) -> Optional.of(settle(after.plus(period), draw, manners));
            case Cron(String line, Manners manners) ->
                cron.next(line, manners.zone(), after).map(fire -> settle(fire, draw, manners));
        };
    }

    /** What becomes of a fire that was missed. */
    default Missed missed() {
        return switch (this) {
            case Never _ -> Missed.SKIP;
            case Every every -> every.manners().missed();
            case Cron cron -> cron.manners().missed();
        };
    }

    /** {@code fire}, or the end of the quiet time that it falls into. */
    default Instant outsideQuiet(Instant fire) {
        return switch (this) {
            case Never _ -> fire;
            case Every every -> afterQuiet(fire, every.manners());
            case Cron cron -> afterQuiet(fire, cron.manners());
        };
    }

    private static Instant settle(Instant fire, long draw, Manners manners) {
        return afterQuiet(fire.plus(jitter(draw, manners.jitter())), manners);
    }

    private static Duration jitter(long draw, Duration most) {
        // Spreads neighbouring draws over the whole range (the finalizer of MurmurHash3).
        long mixed = (draw ^ draw >>> 33) * 0xff51afd7ed558ccdL;
        return Duration.ofMillis(Math.floorMod(mixed ^ mixed >>> 33, most.toMillis() + 1));
    }

    private static Instant afterQuiet(Instant fire, Manners manners) {
        ZonedDateTime time = fire.atZone(manners.zone());
        // Ranges may touch: each is left at most once, else the whole day is quiet.
        for (int left = 0; left < manners.quiet().size(); left++) {
            for (Quiet quiet : manners.quiet()) {
                if (quiet.contains(time.toLocalTime())) {
                    time = quiet.end(time);
                }
            }
        }
        return time.toInstant();
    }
}
