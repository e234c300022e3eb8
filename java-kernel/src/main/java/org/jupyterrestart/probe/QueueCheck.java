package org.jupyterrestart.probe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
    private final Supplier<Optional<String>> process;
    private final Image image = new Image();
    private String last = "";
    private long same;

    /**
     * @param patience how many checks in a row may find the very same
     * @param process which program the process executes
     */
    QueueCheck(String url, Duration timeout, long patience, Traces.Reading output, Supplier<Optional<String>> process) {
        this.url = url;
        this.timeout = timeout;
        this.patience = patience;
        this.output = output;
        this.process = process;
    }

    @Override
    public Optional<String> problem() {
        Reply queue = WebCall.get(url + "/queue", timeout).fetch();
        Optional<JsonObject> state = state();
        boolean isWell = queue instanceof Reply.Content it && it.status() == HttpURLConnection.HTTP_OK;
        image.see(process.get(), state.flatMap(QueueCheck::session), isWell);
        return switch (queue) {
            case Reply.Content it when isWell -> stalled(it.body(), state);
            case Reply.Content it -> Optional.of("%s/queue answers %d".formatted(url, it.status()));
            case Reply.None it -> Optional.of("%s does not answer: %s".formatted(url, it.why()));
        };
    }

    /** ComfyUI-Manager restarts ComfyUI by an exec. */
    @Override
    public boolean isRenewed() {
        return image.isRenewed();
    }

    private Optional<String> stalled(String queue, Optional<JsonObject> state) {
        List<String> running = running(queue);
        String now = running + state.map(QueueCheck::steps).orElse("") + output.now();
        same = running.isEmpty() || !now.equals(last) ? 0 : same + 1;
        last = now;
        return same >= patience
                ? Optional.of("prompt %s runs, and nothing has moved in %d checks".formatted(running.getFirst(), same))
                : Optional.empty();
    }

    /** Ids of what runs. */
    private static List<String> running(String queue) {
        List<String> ids = new ArrayList<>();
        for (JsonElement item :
                object(queue).map(it -> array(it, "queue_running")).orElse(List.of())) {
            if (item.isJsonArray() && item.getAsJsonArray().size() > 1) {
                ids.add(item.getAsJsonArray().get(1).getAsString());
            }
        }
        return ids;
    }

    /** As our node tells it; nothing where it is not there. */
    private Optional<JsonObject> state() {
        return WebCall.get(url + "/jupyter_restart/v1/state", timeout).fetch() instanceof Reply.Content reply
                        && reply.status() == HttpURLConnection.HTTP_OK
                ? object(reply.body())
                : Optional.empty();
    }

    private static Optional<String> session(JsonObject state) {
        return state.get("session") instanceof JsonPrimitive session
                ? Optional.of(session.getAsString())
                : Optional.empty();
    }

    /** How far what runs has come. */
    private static String steps(JsonObject state) {
        StringBuilder steps = new StringBuilder();
        for (JsonElement running : array(state, "running")) {
            if (running instanceof JsonObject prompt && prompt.get("progress") instanceof JsonObject progress) {
                steps.append(progress.get("node")).append(progress.get("value"));
            }
        }
        return steps.toString();
    }

    private static Iterable<JsonElement> array(JsonObject object, String field) {
        return object.get(field) instanceof JsonArray array ? array : List.of();
    }

    private static Optional<JsonObject> object(String body) {
        try {
            return Optional.of(Json.readObject(body));
        } catch (JsonParseException _) {
            return Optional.empty();
        }
    }
}
