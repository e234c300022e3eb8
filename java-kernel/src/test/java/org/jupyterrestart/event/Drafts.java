package org.jupyterrestart.event;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/** Events for tests. */
public final class Drafts {
    public static final Instant TIME = Instant.parse("2026-11-24T06:00:02.412Z");

    private Drafts() {}

    public static EventDraft draft(String message) {
        return restart(EventType.RESTART_COMPLETED, message, Map.of());
    }

    public static EventDraft restart(EventType type, String message, Map<String, Object> data) {
        return new EventDraft(
                TIME, Optional.of("comfyui"), type, Optional.of("r-1"), Optional.of(Reason.SCHEDULED), message, data);
    }
}
