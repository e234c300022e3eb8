package org.jupyterrestart.workload;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.KeptPrompt;
import org.jupyterrestart.queue.KeptQueues;
import org.jupyterrestart.queue.KeptQueues.Subject;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/** Prompts that are kept outside of ComfyUI's queue: by its node while that runs, and by the service in its home. */
final class KeptPrompts {
    private static final String NODE = "/jupyter_restart/v1/";

    /** All of them are checked before it answers. */
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private static final Set<String> PLACES = Set.of("parked", "refused");

    private final KeptQueues queues;
    private final Function<App, Subject> subjects;

    KeptPrompts(KeptQueues queues, Function<App, Subject> subjects) {
        this.queues = queues;
        this.subjects = subjects;
    }

    List<KeptPrompt> all(App app) throws IOException {
        Subject subject = subjects.apply(app);
        return Stream.concat(byNode(subject).stream(), queues.kept(subject).stream())
                .toList();
    }

    HandledPrompts sendAgain(App app, Set<String> ids) throws IOException {
        Subject subject = subjects.apply(app);
        return together(orderNode(subject, "restore", ids), queues.sendAgain(subject, ids));
    }

    HandledPrompts discard(App app, Set<String> ids) throws IOException {
        Subject subject = subjects.apply(app);
        return together(orderNode(subject, "discard", ids), queues.discard(subject, ids));
    }

    private static HandledPrompts together(HandledPrompts node, HandledPrompts service) {
        return new HandledPrompts(
                Stream.concat(node.done().stream(), service.done().stream()).toList(),
                Stream.concat(node.left().stream(), service.left().stream()).toList());
    }

    /** Nothing to order where the node keeps none of them: it may not even be there. */
    private static HandledPrompts orderNode(Subject subject, String verb, Set<String> ids) throws IOException {
        Set<String> known = new HashSet<>(ids(byNode(subject)));
        known.retainAll(ids);
        if (known.isEmpty()) {
            return new HandledPrompts(List.of(), List.of());
        }
        order(subject, verb, known);
        List<KeptPrompt> left = byNode(subject).stream()
                .filter(prompt -> known.contains(prompt.promptId()))
                .toList();
        known.removeAll(ids(left));
        return new HandledPrompts(known.stream().sorted().toList(), left);
    }

    private static Set<String> ids(List<KeptPrompt> prompts) {
        return prompts.stream().map(KeptPrompt::promptId).collect(Collectors.toSet());
    }

    private static void order(Subject subject, String verb, Set<String> ids) throws IOException {
        JsonObject state = ask(subject, "state").orElseThrow(() -> new IOException("its node is gone"));
        String secret = state.get("journal") instanceof JsonObject journal ? text(journal, "secret_file") : "";
        Reply reply = new WebCall(
                        "POST",
                        subject.url() + NODE + verb,
                        Map.of("X-Jupyter-Restart-Secret", NodeSecret.read(secret)),
                        Optional.of(Json.write(Map.of("prompt_ids", ids))),
                        TIMEOUT)
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

    private static List<KeptPrompt> byNode(Subject subject) {
        List<KeptPrompt> kept = new ArrayList<>();
        if (ask(subject, "journal").map(it -> it.get("prompts")).orElse(null) instanceof JsonArray prompts) {
            prompts.forEach(it -> {
                if (it instanceof JsonObject prompt && PLACES.contains(text(prompt, "place"))) {
                    kept.add(new KeptPrompt(text(prompt, "prompt_id"), text(prompt, "why")));
                }
            });
        }
        return kept;
    }

    /** Empty where the node is not there, or ComfyUI not up: its journal is told by itself alone. */
    private static Optional<JsonObject> ask(Subject subject, String what) {
        return WebCall.get(subject.url() + NODE + what, TIMEOUT).fetch()
                                instanceof Reply.Content(int status, String body)
                        && status == HttpURLConnection.HTTP_OK
                ? Optional.of(Json.readObject(body))
                : Optional.empty();
    }

    private static String text(JsonObject of, String field) {
        return of.get(field) instanceof JsonPrimitive text ? text.getAsString() : "";
    }
}
