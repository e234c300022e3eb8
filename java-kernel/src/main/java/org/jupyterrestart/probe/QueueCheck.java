package org.jupyterrestart.probe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * Looks whether ComfyUI answers, and whether something moves while a prompt runs: its steps, as our node tells them, the
 * queue, what it prints. A queue that nothing is taken from, behind the node's closed gate, is at rest.
 */
final class QueueCheck implements ProbeCheck {
    private final String url;
    private final Duration timeout;
    private final long patience;
    private final Traces.Reading output;
    private String last = "";
    private long same;

    /** @param patience how many checks in a row may find the very same */
    QueueCheck(String url, Duration timeout, long patience, Traces.Reading output) {
        this.url = url;
        this.timeout = timeout;
        this.patience = patience;
        this.output = output;
    }

    @Override
    public Optional<String> problem() {
        return switch (WebCall.get(url + "/queue", timeout).fetch()) {
            case Reply.Content it when it.status() == HttpURLConnection.HTTP_OK -> stalled(it.body());
            case Reply.Content it -> Optional.of("%s/queue answers %d".formatted(url, it.status()));
            case Reply.None it -> Optional.of("%s does not answer: %s".formatted(url, it.why()));
        };
    }

    private Optional<String> stalled(String queue) {
        List<String> running = running(queue);
        String now = running + steps() + output.now();
        same = running.isEmpty() || !now.equals(last) ? 0 : same + 1;
        last = now;
        return same >= patience
                ? Optional.of("prompt %s runs, and nothing has moved in %d checks".formatted(running.getFirst(), same))
                : Optional.empty();
    }

    /** Ids of what runs. */
    private static List<String> running(String queue) {
        List<String> ids = new ArrayList<>();
        for (JsonElement item : array(queue, "queue_running")) {
            if (item.isJsonArray() && item.getAsJsonArray().size() > 1) {
                ids.add(item.getAsJsonArray().get(1).getAsString());
            }
        }
        return ids;
    }

    /** How far what runs has come; nothing where our node is not there to tell. */
    private String steps() {
        if (!(WebCall.get(url + "/jupyter_restart/v1/state", timeout).fetch() instanceof Reply.Content reply)
                || reply.status() != HttpURLConnection.HTTP_OK) {
            return "";
        }
        StringBuilder steps = new StringBuilder();
        for (JsonElement running : array(reply.body(), "running")) {
            if (running instanceof JsonObject prompt && prompt.get("progress") instanceof JsonObject progress) {
                steps.append(progress.get("node")).append(progress.get("value"));
            }
        }
        return steps.toString();
    }

    private static Iterable<JsonElement> array(String body, String field) {
        try {
            return Json.readObject(body).get(field) instanceof JsonArray array ? array : List.of();
        } catch (JsonParseException _) {
            return List.of();
        }
    }
}
