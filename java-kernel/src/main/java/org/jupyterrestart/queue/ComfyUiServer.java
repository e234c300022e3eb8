package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * What a ComfyUI is asked and told, over its own interface.
 *
 * @param url without a path
 */
record ComfyUiServer(String url) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** A thousand prompts are on a slow disk only then. */
    private static final Duration WRITING = Duration.ofMinutes(2);

    private static final Set<Integer> CLOSED = Set.of(
            HttpURLConnection.HTTP_UNAUTHORIZED,
            HttpURLConnection.HTTP_FORBIDDEN,
            HttpURLConnection.HTTP_NOT_FOUND,
            HttpURLConnection.HTTP_BAD_METHOD);

    /** A prompt is checked before it is answered for: with many files of models that takes its time. */
    private static final Duration SENDING = Duration.ofMinutes(1);

    /** ComfyUI lists the files of all models for them. */
    private static final Duration NODES = Duration.ofSeconds(30);

    /** Of the latest prompts in the history; more are not in doubt at once. */
    private static final int LATEST = 200;

    /** What came of a prompt that was sent. */
    sealed interface Sent {
        /** @param id under which ComfyUI has it now */
        record Taken(String id) implements Sent {}

        record Refused(String why) implements Sent {}
    }

    boolean hasNode() throws IOException {
        return content(get("/jupyter_restart/v1/state")).status() == HttpURLConnection.HTTP_OK;
    }

    /** Only ids and places. */
    List<Item> queue() throws IOException {
        return queue(get("/queue"), _ -> true, _ -> 0);
    }

    /** The content of those that are not known goes to {@code taker}. */
    List<Item> queue(Predicate<String> isKnown, QueueReader.Taker taker) throws IOException {
        return queue(get("/queue", WRITING), isKnown, taker);
    }

    private static List<Item> queue(WebCall call, Predicate<String> isKnown, QueueReader.Taker taker)
            throws IOException {
        return call.read((status, body) -> {
            check(status, "/queue");
            return QueueReader.read(body, isKnown, taker);
        });
    }

    /** Which of them have ended, and whether by coming to their end. */
    Map<String, Boolean> ended(Set<String> ids) throws IOException {
        Map<String, Boolean> ended = new HashMap<>();
        for (String id : ids) {
            entries("/history/" + URLEncoder.encode(id, UTF_8))
                    .forEach((_, entry) -> ended.put(id, isCompleted(entry)));
        }
        return ended;
    }

    /** Likewise, of prompts that may have been put back under ids of ComfyUI's own. */
    Map<String, Boolean> endedPutBack() throws IOException {
        Map<String, Boolean> ended = new HashMap<>();
        entries("/history?max_items=" + LATEST).values().forEach(entry -> {
            if (entry.get("prompt") instanceof JsonArray item
                    && item.size() > 3
                    && item.get(3) instanceof JsonObject extra) {
                ended.put(QueueReader.putBackFor(extra.get(QueueReader.MARK)), isCompleted(entry));
            }
        });
        return ended;
    }

    /** One at a time, without what came of it: that is pictures by the hundred. */
    private Map<String, JsonObject> entries(String path) throws IOException {
        return get(path).read((status, body) -> {
            check(status, path);
            Map<String, JsonObject> entries = new HashMap<>();
            try (JsonReader in = JsonStream.reader(new InputStreamReader(body, UTF_8))) {
                in.beginObject();
                while (in.hasNext()) {
                    String id = in.nextName();
                    entries.put(id, entry(in));
                }
            } catch (IllegalStateException e) {
                throw new IOException("its history is not understood: " + e.getMessage(), e);
            }
            return entries;
        });
    }

    private static JsonObject entry(JsonReader in) throws IOException {
        JsonObject entry = new JsonObject();
        in.beginObject();
        while (in.hasNext()) {
            String name = in.nextName();
            switch (name) {
                case "prompt" -> entry.add(name, withoutPrompt(in));
                case "status" -> entry.add(name, JsonStream.value(in));
                default -> in.skipValue();
            }
        }
        in.endObject();
        return entry;
    }

    /** Of an item only its extra data. */
    private static JsonArray withoutPrompt(JsonReader in) throws IOException {
        JsonArray item = new JsonArray();
        in.beginArray();
        while (in.hasNext()) {
            if (item.size() == 3) {
                JsonObject extra = new JsonObject();
                if (JsonStream.value(in) instanceof JsonObject object && object.has(QueueReader.MARK)) {
                    extra.add(QueueReader.MARK, object.get(QueueReader.MARK));
                }
                item.add(extra);
            } else {
                in.skipValue();
                item.add(item.size());
            }
        }
        in.endArray();
        return item;
    }

    private static boolean isCompleted(JsonObject entry) {
        return entry.get("status") instanceof JsonObject status
                && status.get("completed") instanceof JsonPrimitive completed
                && completed.getAsBoolean();
    }

    /** Those that have begun are left as they are. */
    void takeOut(List<String> ids) throws IOException {
        order("/queue", Map.of("delete", ids));
    }

    void interrupt(String id) throws IOException {
        order("/interrupt", Map.of("prompt_id", id));
    }

    private void order(String path, Object body) throws IOException {
        Reply.Content reply = content(post(path, Json.write(body), TIMEOUT));
        check(reply.status(), path);
    }

    /** @throws IOException where it is not known what came of it */
    Sent send(String request) throws IOException {
        Reply.Content reply = content(post("/prompt", request, SENDING));
        JsonObject answer = object(reply.body());
        return switch (reply.status()) {
            case HttpURLConnection.HTTP_OK -> new Sent.Taken(text(answer, "prompt_id"));
            case HttpURLConnection.HTTP_BAD_REQUEST -> new Sent.Refused(why(answer));
            default -> throw new IOException("/prompt answers %d".formatted(reply.status()));
        };
    }

    private static String why(JsonObject answer) {
        JsonObject error = answer.get("error") instanceof JsonObject object ? object : new JsonObject();
        String what = text(error, "message");
        String details = text(error, "details");
        return details.isEmpty() || details.equals(what) ? what : "%s (%s)".formatted(what, details);
    }

    /** Names of the kinds of nodes that it has; our node tells them alone, from the version on that knows how. */
    Set<String> nodes(boolean hasNode) throws IOException {
        try {
            return hasNode ? nodesByNode() : nodesWithInputs();
        } catch (ClosedQueueException e) {
            if (hasNode) {
                return nodesWithInputs();
            }
            throw e;
        }
    }

    private Set<String> nodesByNode() throws IOException {
        return names("/jupyter_restart/v1/nodes", in -> {
            Set<String> names = new TreeSet<>();
            in.beginObject();
            while (in.hasNext()) {
                if (in.nextName().equals("nodes")) {
                    JsonStream.value(in).getAsJsonArray().forEach(name -> names.add(name.getAsString()));
                } else {
                    in.skipValue();
                }
            }
            return names;
        });
    }

    /** Their inputs, with the name of each file of a model in them, are passed over as they come. */
    private Set<String> nodesWithInputs() throws IOException {
        return names("/object_info", in -> {
            Set<String> names = new TreeSet<>();
            in.beginObject();
            while (in.hasNext()) {
                names.add(in.nextName());
                in.skipValue();
            }
            return names;
        });
    }

    private interface Names {
        Set<String> of(JsonReader in) throws IOException;
    }

    private Set<String> names(String path, Names names) throws IOException {
        return get(path, NODES).read((status, body) -> {
            check(status, path);
            try (JsonReader in = JsonStream.reader(new InputStreamReader(body, UTF_8))) {
                return names.of(in);
            } catch (IllegalStateException e) {
                throw new IOException("its nodes are not understood: " + e.getMessage(), e);
            }
        });
    }

    private WebCall get(String path) {
        return get(path, TIMEOUT);
    }

    private WebCall get(String path, Duration timeout) {
        return WebCall.get(url + path, timeout).toOwnApp();
    }

    private WebCall post(String path, String body, Duration timeout) {
        return new WebCall("POST", url + path, Map.of(), Optional.of(body), timeout).toOwnApp();
    }

    private static Reply.Content content(WebCall call) throws IOException {
        return switch (call.fetch()) {
            case Reply.Content it -> it;
            case Reply.None it -> throw new IOException(it.why());
        };
    }

    private static void check(int status, String path) throws IOException {
        if (CLOSED.contains(status)) {
            throw new ClosedQueueException("%s answers %d".formatted(path, status));
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException("%s answers %d".formatted(path, status));
        }
    }

    private static JsonObject object(String body) throws IOException {
        try {
            return Json.readObject(body);
        } catch (JsonParseException e) {
            throw new IOException("/prompt gives an answer that is not understood", e);
        }
    }

    private static String text(JsonObject of, String field) {
        return of.get(field) instanceof JsonPrimitive text ? text.getAsString() : "";
    }
}
