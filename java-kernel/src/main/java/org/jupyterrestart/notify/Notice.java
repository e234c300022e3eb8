package org.jupyterrestart.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.web.WebCall;

/**
 * An event as webhooks get it.
 *
 * @param machine the name of the host that it happened on
 */
record Notice(
        EventType event,
        Instant timestamp,
        Optional<String> app,
        Optional<Reason> reason,
        Optional<String> restartId,
        String message,
        Map<String, Object> data,
        String machine,
        long seq) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    static Notice of(Event event, String machine) {
        return new Notice(
                event.type(),
                event.time(),
                event.app(),
                event.reason(),
                event.restartId(),
                event.message(),
                event.data(),
                machine,
                event.seq());
    }

    WebCall postTo(String url) {
        // The header that the Standard Webhooks name for it.
        Map<String, String> headers = Map.of("Webhook-Id", id(), "User-Agent", "jupyter-restart");
        return new WebCall("POST", url, headers, Optional.of(Json.write(this)), TIMEOUT);
    }

    /** The same for each try, so that a receiver knows an event that it has had; of no other event. */
    private String id() {
        // A log that was begun anew numbers from 1 again: the time tells them apart.
        String name = "%s %d %s".formatted(machine, seq, timestamp);
        return UUID.nameUUIDFromBytes(name.getBytes(UTF_8)).toString();
    }
}
