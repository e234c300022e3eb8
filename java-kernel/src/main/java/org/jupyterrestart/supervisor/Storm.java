package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Whether the machine is in a storm of crashes. Pure but for what it remembers; it is told the time.
 *
 * <p>One app that crashes is its own policy's affair, and many that die at one moment are all wanted back at once. A
 * storm is something that goes on: a full disk or a broken driver, on which app after app is started in vain. So only
 * repeated crashes count, those of apps that were started after a crash less than a minute before.
 */
final class Storm {
    static final Limit USUAL = new Limit(200, Duration.ofMillis(500));

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

    private final Limit limit;
    private final Deque<Long> repeated = new ArrayDeque<>();
    private boolean isOn;
    private long lastStart;

    Storm(Limit limit) {
        this.limit = limit;
    }

    /** What a start changed. */
    enum Change {
        NONE,
        BEGUN,
        OVER
    }

    boolean isOn() {
        return isOn;
    }

    int count() {
        return repeated.size();
    }

    /** Zero where a start may be made now. */
    Duration pause(long nanos) {
        long left = lastStart + limit.pause().toNanos() - nanos;
        return isOn && left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** An app is started after a crash. */
    Change started(boolean isRepeated, long nanos) {
        lastStart = nanos;
        if (isRepeated) {
            repeated.addLast(nanos);
        }
        forget(nanos);
        if (!isOn && repeated.size() > limit.perMinute()) {
            isOn = true;
            return Change.BEGUN;
        }
        return Change.NONE;
    }

    /** To be asked when no start waits any more. */
    Change look(long nanos) {
        forget(nanos);
        if (isOn && repeated.size() < limit.calm()) {
            isOn = false;
            return Change.OVER;
        }
        return Change.NONE;
    }

    private void forget(long nanos) {
        while (!repeated.isEmpty() && nanos - repeated.getFirst() > MINUTE) {
            repeated.removeFirst();
        }
    }
}
