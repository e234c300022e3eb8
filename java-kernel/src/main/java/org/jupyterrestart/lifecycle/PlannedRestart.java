package org.jupyterrestart.lifecycle;

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
}
