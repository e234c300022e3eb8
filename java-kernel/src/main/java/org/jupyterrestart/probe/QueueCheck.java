package org.jupyterrestart.probe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.queue.RunningPrompts;
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

    /** @param running ids of what runs */
    private record Queue(int status, List<String> running) {
        boolean isWell() {
            return status == HttpURLConnection.HTTP_OK;
        }

        static Queue of(int status, InputStream body) throws IOException {
            return new Queue(status, status == HttpURLConnection.HTTP_OK ? RunningPrompts.of(body) : List.of());
        }
    }

    @Override
    public Optional<String> problem() {
        try {
            Queue queue = WebCall.get(url + "/queue", timeout).toOwnApp().read(Queue::of);
            Optional<JsonObject> state = state();
            image.see(process.get(), state.flatMap(QueueCheck::session), queue.isWell());
            return queue.isWell()
                    ? stalled(queue.running(), state)
                    : Optional.of("%s/queue answers %d".formatted(url, queue.status()));
        } catch (IOException e) {
            image.see(process.get(), Optional.empty(), false);
            return Optional.of("%s does not answer: %s".formatted(url, e.getMessage()));
        }
    }

    /** ComfyUI-Manager restarts ComfyUI by an exec. */
    @Override
    public boolean isRenewed() {
        return image.isRenewed();
    }

    private Optional<String> stalled(List<String> running, Optional<JsonObject> state) {
        String now = running + state.map(QueueCheck::steps).orElse("") + output.now();
        same = running.isEmpty() || !now.equals(last) ? 0 : same + 1;
        last = now;
        return same >= patience
                ? Optional.of("prompt %s runs, and nothing has moved in %d checks".formatted(running.getFirst(), same))
                : Optional.empty();
    }

    /** As our node tells it; nothing where it is not there. */
    private Optional<JsonObject> state() {
        return WebCall.get(url + "/jupyter_restart/v1/state", timeout)
                                        .toOwnApp()
                                        .fetch()
                                instanceof Reply.Content reply
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
