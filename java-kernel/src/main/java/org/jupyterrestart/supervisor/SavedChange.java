package org.jupyterrestart.supervisor;

import java.util.List;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.App;

/**
 * One app as a step left it.
 *
 * @param seq the last event when this was saved
 * @param untold the events that were to follow it
 * @param storm of the whole machine
 */
public record SavedChange(App app, long seq, List<EventDraft> untold, Storm storm) {
    public SavedChange {
        untold = List.copyOf(untold);
    }
}
