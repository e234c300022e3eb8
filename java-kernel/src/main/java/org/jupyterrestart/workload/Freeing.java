package org.jupyterrestart.workload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Served;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * Asks apps of known kinds other than ComfyUI to give GPU memory back without a restart: only where the app takes up
 * its work by itself after that. Blocks, within a time of its own.
 */
final class Freeing {
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int GOOD = 200;
    private static final int NOT_GOOD = 300;

    private Freeing() {}

    /** Why it could not be asked; empty where it has taken the request. */
    static Optional<String> ask(App app) {
        Optional<Served> served = app.spec().served();
        if (!app.spec().canFree() || served.isEmpty()) {
            return Optional.of("it knows no such request");
        }
        try {
            return switch (app.spec().preset()) {
                case "invokeai" -> post(served.get(), "/api/v2/models/empty_model_cache", "{}");
                case "ollama" -> ollama(served.get());
                case "swarmui" -> swarmUi(served.get());
                default -> Optional.of("it knows no such request");
            };
        } catch (JsonParseException | IllegalStateException e) {
            return Optional.of("it gave an answer that is not understood (%s)".formatted(e.getMessage()));
        }
    }

    /** A model is unloaded by a request for it that keeps it alive for no time. */
    private static Optional<String> ollama(Served served) {
        Reply reply = WebCall.get(served.url("/api/ps"), PATIENCE).fetch();
        if (problem(reply).isPresent()) {
            return problem(reply);
        }
        for (String model : models(object(reply))) {
            JsonObject unload = new JsonObject();
            unload.addProperty("model", model);
            unload.addProperty("keep_alive", 0);
            Optional<String> problem = post(served, "/api/generate", unload.toString());
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static List<String> models(JsonObject answer) {
        List<String> names = new ArrayList<>();
        if (answer.get("models") instanceof JsonArray models) {
            for (JsonElement model : models) {
                names.add(model.getAsJsonObject().get("name").getAsString());
            }
        }
        return names;
    }

    /** Every request needs a session. */
    private static Optional<String> swarmUi(Served served) {
        Reply reply = call(served, "/API/GetNewSession", "{}").fetch();
        if (problem(reply).isPresent()) {
            return problem(reply);
        }
        JsonElement session = object(reply).get("session_id");
        if (session == null) {
            return Optional.of("it gave no session: does it want a login?");
        }
        JsonObject free = new JsonObject();
        free.add("session_id", session);
        free.addProperty("system_ram", false);
        return post(served, "/API/FreeBackendMemory", free.toString());
    }

    private static Optional<String> post(Served served, String path, String json) {
        return problem(call(served, path, json).fetch());
    }

    private static WebCall call(Served served, String path, String json) {
        return new WebCall("POST", served.url(path), Map.of(), Optional.of(json), PATIENCE);
    }

    private static JsonObject object(Reply reply) {
        return reply instanceof Reply.Content it
                ? JsonParser.parseString(it.body()).getAsJsonObject()
                : new JsonObject();
    }

    /** Empty where it was taken. */
    static Optional<String> problem(Reply reply) {
        return switch (reply) {
            case Reply.None it -> Optional.of(it.why());
            case Reply.Content it when it.status() >= GOOD && it.status() < NOT_GOOD -> Optional.empty();
            case Reply.Content it -> Optional.of("it answered %d".formatted(it.status()));
        };
    }
}
