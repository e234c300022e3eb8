package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Whether the machine is in a storm of crashes. A value: the service saves it with the apps, for a storm does not end
 * with a service.
 *
 * <p>One app that crashes is its own policy's affair, and many that die at one moment are all wanted back at once. A
 * storm is something that goes on: a full disk or a broken driver, on which app after app is started in vain. So only
 * repeated crashes count, those of apps that were started after a crash less than a minute before.
 *
 * @param repeated monotonic times in nanoseconds of the starts after such crashes in the last minute, oldest first
 * @param lastStart that of the last start after any crash
 */
public record Storm(boolean isOn, List<Long> repeated, long lastStart) {
    /** Calm weather. */
    public static final Storm NONE = new Storm(false, List.of(), 0);

    static final Limit USUAL = new Limit(200, Duration.ofMillis(500));

    public Storm {
        repeated = List.copyOf(repeated);
    }

    /**
     * When it begins, and what it does.
     *
     * @param perMinute repeated crashes that are no storm yet
     * @param pause the least time from one start after a crash to the next while it goes on
     */
    record Limit(int perMinute, Duration pause) {
        /** Well below what the pause allows for: a storm in which everything crashes again does not seem over. */
        long calm() {
            return Math.min(perMinute, Duration.ofMinutes(1).dividedBy(pause)) / 2;
        }
    }

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    /** What is left of a storm that an earlier service saved. */
    Storm at(long nanos) {
        // What lies ahead is of another boot, where the monotonic clock began anew.
        return new Storm(isOn, recent(nanos), lastStart <= nanos ? lastStart : 0);
    }

    /** Zero where a start may be made now. */
    Duration pause(Limit limit, long nanos) {
        long left = lastStart + limit.pause().toNanos() - nanos;
        return isOn && left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** An app is started after a crash. */
    Storm started(Limit limit, boolean isRepeated, long nanos) {
        List<Long> counted = isRepeated
                ? Stream.concat(recent(nanos).stream(), Stream.of(nanos)).toList()
                : recent(nanos);
        return new Storm(isOn || counted.size() > limit.perMinute(), counted, nanos);
    }

    /** To be asked when no start waits any more. */
    Storm look(Limit limit, long nanos) {
        List<Long> counted = recent(nanos);
        return new Storm(isOn && counted.size() >= limit.calm(), counted, lastStart);
    }

    private List<Long> recent(long nanos) {
        return repeated.stream()
                .filter(time -> time <= nanos && nanos - time <= MINUTE)
                .toList();
    }
}
