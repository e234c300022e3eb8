package org.jupyterrestart.supervisor;

import java.util.List;

/**
 * The restart of a group was taken.
 *
 * @param seq the last event before it was carried out: its outcome is behind it
 * @param restarts those that it began or joined
 */
public record AcceptedGroup(long seq, List<Begun> restarts) {
    public AcceptedGroup {
        restarts = List.copyOf(restarts);
    }

    /** The restart of one app. */
    public record Begun(String app, String restartId) {}
}
