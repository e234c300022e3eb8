package org.jupyterrestart.probe;

/**
 * Makes of single results what they mean. Pure.
 *
 * @param threshold bad results in a row that mean that an app is unhealthy
 * @param bad bad results in a row since the last good one, or since unhealthy was told
 */
record ProbeCounter(int threshold, Health health, int bad) {
    /** What the results so far say. */
    enum Health {
        STARTING,
        WELL,
        ILL
    }

    /** What one more result changes. */
    enum Change {
        NONE,
        READY,
        UNHEALTHY,
        WELL_AGAIN
    }

    /** The counter after a result, and what that changed. */
    record Counted(ProbeCounter counter, Change change) {}

    /** Bad results of an app that has yet to become ready count for nothing: its start has a limit of its own. */
    static ProbeCounter starting(int threshold) {
        return new ProbeCounter(threshold, Health.STARTING, 0);
    }

    static ProbeCounter ready(int threshold) {
        return new ProbeCounter(threshold, Health.WELL, 0);
    }

    Counted count(boolean isGood) {
        return isGood ? afterGood() : afterBad();
    }

    private Counted afterGood() {
        Change change = switch (health) {
            case STARTING -> Change.READY;
            case WELL -> Change.NONE;
            case ILL -> Change.WELL_AGAIN;
        };
        return new Counted(ready(threshold), change);
    }

    private Counted afterBad() {
        return switch (health) {
            case STARTING -> new Counted(this, Change.NONE);
            // Told again and again: a restart that was called off must not be the last.
            case WELL, ILL ->
                bad + 1 >= threshold
                        ? new Counted(new ProbeCounter(threshold, Health.ILL, 0), Change.UNHEALTHY)
                        : new Counted(new ProbeCounter(threshold, health, bad + 1), Change.NONE);
        };
    }
}
