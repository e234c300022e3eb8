package org.jupyterrestart.event;

import java.time.Instant;
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
        data = Map.copyOf(data);
    }

    public Event withSeq(long seq) {
        return new Event(seq, time, app, type, restartId, reason, message, data);
    }
}
