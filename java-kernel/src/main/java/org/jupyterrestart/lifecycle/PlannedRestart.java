package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.time.Instant;

/**
 * The next restart that nobody needs to ask for any more.
 *
 * @param isByHand whether a user set the time: then it comes even with automatic restarts off
 * @param isAnnounced whether people were warned
 */
public record PlannedRestart(Instant at, boolean isByHand, boolean isAnnounced) {
    static PlannedRestart bySchedule(Instant at) {
        return new PlannedRestart(at, false, false);
    }

    PlannedRestart by(Duration delay) {
        return at(at.plus(delay));
    }

    PlannedRestart at(Instant other) {
        return new PlannedRestart(other, isByHand, isAnnounced);
    }

    PlannedRestart unannounced() {
        return new PlannedRestart(at, isByHand, false);
    }
}
