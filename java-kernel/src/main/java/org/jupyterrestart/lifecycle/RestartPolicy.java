package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jupyterrestart.process.ExitStatus;

/**
 * Whether and when an app that ended by itself is started again. It never gives up: too many crashes in a short time
 * only put the app into its slow lane.
 *
 * @param backoff the least time from one start to the next after a first crash: one that ran longer is back at once
 * @param factor by which that time grows from crash to crash
 * @param max the most it grows to outside the slow lane
 * @param reset a time without a crash after which it is {@code backoff} again
 * @param limit crashes within {@code within} that put it into the slow lane
 * @param slowLane the delay there, from the crash on
 */
public record RestartPolicy(
        On on,
        Duration backoff,
        double factor,
        Duration max,
        Duration reset,
        int limit,
        Duration within,
        Duration slowLane) {
    public static final RestartPolicy DEFAULT = new RestartPolicy(
            On.FAILURE,
            Duration.ofSeconds(1),
            2,
            Duration.ofMinutes(5),
            Duration.ofMinutes(10),
            5,
            Duration.ofMinutes(5),
            Duration.ofMinutes(10));

    public RestartPolicy {
        if (!backoff.isPositive() || factor < 1 || limit < 1) {
            throw new IllegalArgumentException(
                    "backoff %s must be positive, factor %s and limit %d at least 1".formatted(backoff, factor, limit));
        }
    }

    /** Which ends are followed by a start. */
    public enum On {
        FAILURE,
        ALWAYS,
        NEVER
    }

    /** What comes after an app ended. */
    public sealed interface Verdict {
        /** Started again after {@code delay}. */
        record RestartAfter(Duration delay, boolean isSlowLane) implements Verdict {}

        /** It has done its work. */
        record Finished() implements Verdict {}

        /** It failed, and its user wants no restart. */
        record StayDown() implements Verdict {}
    }

    /** Whether an app that ends like this has done its work. */
    public boolean isFinishedBy(ExitStatus status) {
        return on != On.ALWAYS && status.isSuccess();
    }

    /**
     * The verdict on an app that has just ended.
     *
     * @param crashes monotonic times in nanoseconds of this end and those before it, oldest first
     * @param age the time since its start
     */
    public Verdict verdict(ExitStatus status, List<Long> crashes, Duration age) {
        if (isFinishedBy(status)) {
            return new Verdict.Finished();
        }
        return on == On.NEVER ? new Verdict.StayDown() : restartAfter(crashes, age);
    }

    /** Whether another crash at {@code nanos} would be followed by a start as soon as may be. */
    public boolean isForgiving(List<Long> crashes, long nanos) {
        return on != On.NEVER
                && crashes.stream()
                                .filter(crash -> crash <= nanos && nanos - crash <= within.toNanos())
                                .count()
                        < limit;
    }

    /** Those of {@code crashes}, oldest first, that still count at {@code nanos}, and that moment itself. */
    public List<Long> remember(List<Long> crashes, long nanos) {
        // One that lies ahead is of another boot, where the monotonic clock began anew.
        List<Long> all = Stream.concat(crashes.stream().filter(crash -> crash <= nanos), Stream.of(nanos))
                .toList();
        int oldest = Math.max(0, all.size() - 1 - Math.max(limit, Long.SIZE));
        int first = all.size() - 1;
        while (first > oldest && (isInARow(all, first) || nanos - all.get(first - 1) <= within.toNanos())) {
            first--;
        }
        return all.subList(first, all.size());
    }

    private Verdict restartAfter(List<Long> crashes, Duration age) {
        long last = crashes.getLast();
        long recent = crashes.stream()
                .filter(crash -> last - crash <= within.toNanos())
                .count();
        return recent >= limit
                ? new Verdict.RestartAfter(slowLane, true)
                : new Verdict.RestartAfter(rest(inARow(crashes), age), false);
    }

    /** Crashes at the end of the list with less than {@link #reset} between them. */
    private int inARow(List<Long> crashes) {
        int count = 1;
        for (int i = crashes.size() - 1; i > 0 && isInARow(crashes, i); i--) {
            count++;
        }
        return count;
    }

    private boolean isInARow(List<Long> crashes, int at) {
        return crashes.get(at) - crashes.get(at - 1) < reset.toNanos();
    }

    /** What is left of the time between two starts. */
    private Duration rest(int crashesInARow, Duration age) {
        double millis = backoff.toMillis() * Math.pow(factor, crashesInARow - 1.0);
        Duration whole = Duration.ofMillis((long) Math.min(millis, max.toMillis()));
        return age.compareTo(whole) < 0 ? whole.minus(age) : Duration.ZERO;
    }
}
