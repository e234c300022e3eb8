package org.jupyterrestart.event;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/**
 * One line of the event log.
 *
 * @param seq gapless from 1, over all restarts of the service
 * @param app the app's name; empty for the service itself
 * @param restartId the restart it belongs to
 * @param message one sentence for people
 * @param data details by type: strings, numbers, booleans, lists and maps of them
 */
public record Event(
        long seq,
        Instant time,
        Optional<String> app,
        EventType type,
        Optional<String> restartId,
        Optional<Reason> reason,
        String message,
        Map<String, Object> data) {
    public Event {
        // Unlike Map.copyOf it keeps the order: the same event is the same line in each run.
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    }
}
