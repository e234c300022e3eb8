package org.jupyterrestart.queue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * Our node in a ComfyUI that runs: what it keeps, and what is to become of that.
 *
 * @param url ComfyUI's, without a path
 */
record NodeServer(String url) {
    private static final String NODE = "/jupyter_restart/v1/";

    /** All prompts that are sent again are checked before it answers. */
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private static final Set<String> PLACES = Set.of("parked", "refused");

    /** Empty where the node is not there, or ComfyUI not up. */
    Optional<List<KeptPrompt>> kept() {
        return ask("journal").map(journal -> {
            List<KeptPrompt> kept = new ArrayList<>();
            if (journal.get("prompts") instanceof JsonArray prompts) {
                prompts.forEach(it -> {
                    if (it instanceof JsonObject prompt && PLACES.contains(text(prompt, "place"))) {
                        kept.add(new KeptPrompt(text(prompt, "prompt_id"), text(prompt, "why")));
                    }
                });
            }
            return kept;
        });
    }

    /**
     * How its journal is.
     *
     * @param unwritten how many prompts of the queue are not in it
     * @param error why the last record could not be written; empty where it could
     */
    record Journal(String folder, int unwritten, String error) {}

    /** Empty as above. */
    Optional<Journal> journal() {
        return ask("state")
                .map(state -> new Journal(inJournal(state, "folder"), unwritten(state), inJournal(state, "error")))
                .filter(journal -> !journal.folder().isEmpty());
    }

    private static int unwritten(JsonObject state) {
        return state.get("queue") instanceof JsonObject queue
                        && queue.get("unwritten") instanceof JsonPrimitive count
                        && count.isNumber()
                ? count.getAsInt()
                : 0;
    }

    /** Orders {@code restore} or {@code discard} for prompts that it keeps. */
    void order(String verb, Set<String> ids) throws IOException {
        JsonObject state = ask("state").orElseThrow(() -> new IOException("its node is gone"));
        Reply reply = new WebCall(
                        "POST",
                        url + NODE + verb,
                        Map.of("X-Jupyter-Restart-Secret", NodeSecret.read(inJournal(state, "secret_file"))),
                        Optional.of(Json.write(Map.of("prompt_ids", ids))),
                        TIMEOUT)
                .toOwnApp()
                .fetch();
        switch (reply) {
            case Reply.Content(int status, String body) -> {
                if (status != HttpURLConnection.HTTP_OK) {
                    throw new IOException("its node answers %d: %s".formatted(status, body));
                }
            }
            case Reply.None it -> throw new IOException("its node does not answer: " + it.why());
        }
    }

    private Optional<JsonObject> ask(String what) {
        return WebCall.get(url + NODE + what, TIMEOUT).toOwnApp().fetch()
                                instanceof Reply.Content(int status, String body)
                        && status == HttpURLConnection.HTTP_OK
                ? Optional.of(Json.readObject(body))
                : Optional.empty();
    }

    private static String inJournal(JsonObject state, String field) {
        return state.get("journal") instanceof JsonObject journal ? text(journal, field) : "";
    }

    private static String text(JsonObject of, String field) {
        return of.get(field) instanceof JsonPrimitive text ? text.getAsString() : "";
    }
}
