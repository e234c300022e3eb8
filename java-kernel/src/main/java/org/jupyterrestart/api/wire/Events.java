package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.event.Event;

/** Events after a seq, and where to go on. */
public record Events(long seq, long oldest, List<Event> events, Optional<Snapshot> snapshot) {}
