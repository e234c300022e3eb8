package org.jupyterrestart.event;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/** An {@link Event} that has no seq yet; see there for the fields. */
public record EventDraft(
        Instant time,
        Optional<String> app,
        EventType type,
        Optional<String> restartId,
        Optional<Reason> reason,
        String message,
        Map<String, Object> data) {
    public EventDraft {
        // Unlike Map.copyOf it keeps the order: the same event is the same line in each run.
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    }

    public Event withSeq(long seq) {
        return new Event(seq, time, app, type, restartId, reason, message, data);
    }
}
