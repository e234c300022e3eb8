package org.jupyterrestart.workload;

import static java.util.stream.Collectors.joining;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Hello;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.ClosedQueueException;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.KeptPrompt;
import org.jupyterrestart.queue.KeptQueues;
import org.jupyterrestart.queue.NodeSecret;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * ComfyUI's queue. Its keeper is our node inside ComfyUI, which journals, holds and puts back prompts; here is decided
 * only when. Without the node it is kept from outside, with weaker promises.
 */
final class ComfyUi {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A gate that is closed for longer was forgotten: the service that closed it is gone. */
    private static final int LEASE_S = 120;

    private static final String NODE = "/jupyter_restart/v1/";

    private final KeptQueues queues;
    private final ComfyUiCommands commands;
    private final ComfyUiRuns runs;

    ComfyUi(KeptQueues queues, ComfyUiCommands commands, ComfyUiRuns runs) {
        this.queues = queues;
        this.commands = commands;
        this.runs = runs;
    }

    List<KeptPrompt> kept(App app) throws IOException {
        return queues.kept(subject(app));
    }

    HandledPrompts sendAgain(App app, Set<String> ids) throws IOException {
        return queues.sendAgain(subject(app), ids);
    }

    HandledPrompts discard(App app, Set<String> ids) throws IOException {
        return queues.discard(subject(app), ids);
    }

    Keeping keep(App app) {
        return queues.keep(subject(app));
    }

    Keeping keepLeft(App app) {
        return queues.keepLeft(subject(app));
    }

    Work ask(App app, Work.Ask ask) {
        return switch (ask) {
            case LOOK -> look(app);
            case DRAIN -> hold(app, "restart", false);
            case INTERRUPT -> hold(app, "restart", true);
            case PARK -> hold(app, "stop", true);
            case RESTORE -> restored(app);
        };
    }

    private Work look(App app) {
        return switch (get(app, NODE + "state")) {
            case Reply.Content it when it.status() == HttpURLConnection.HTTP_OK -> work(Json.readObject(it.body()));
            case Reply.Content _ -> lookWithoutNode(app);
            case Reply reply -> unanswered(reply);
        };
    }

    private static Work work(JsonObject state) {
        JsonObject queue = object(state, "queue");
        int prompts = number(queue, "running") + number(queue, "pending");
        String steps = array(state, "running").asList().stream()
                .filter(JsonObject.class::isInstance)
                .map(running -> ((JsonObject) running).get("progress"))
                .filter(JsonObject.class::isInstance)
                .map(JsonObject.class::cast)
                .map(step -> ", one at step %d of %d".formatted(number(step, "value"), number(step, "max")))
                .collect(joining());
        return prompts == 0 ? Work.NONE : Work.busy(counted(prompts) + " in its queue" + steps);
    }

    private Work lookWithoutNode(App app) {
        return switch (get(app, "/prompt")) {
            case Reply.Content(int status, String body)
            when status == HttpURLConnection.HTTP_OK -> {
                int prompts = number(object(Json.readObject(body), "exec_info"), "queue_remaining");
                yield prompts == 0 ? Work.NONE : Work.busy(counted(prompts) + " in its queue");
            }
            case Reply reply -> unanswered(reply);
        };
    }

    /** Nothing further starts; then what runs ends by itself, or is interrupted and runs again. */
    private Work hold(App app, String purpose, boolean isInterrupting) {
        return switch (get(app, NODE + "state")) {
            case Reply.Content(int status, String body)
            when status == HttpURLConnection.HTTP_OK -> hold(app, purpose, isInterrupting, Json.readObject(body));
            case Reply.Content _ -> keptBy(() -> queues.hold(subject(app), isInterrupting, purpose.equals("stop")));
            case Reply reply -> unanswered(reply);
        };
    }

    /** What keeps it from outside. */
    private interface Keeper {
        Work ask() throws IOException;
    }

    private static Work keptBy(Keeper keeper) {
        try {
            return keeper.ask();
        } catch (ClosedQueueException _) {
            return Work.NONE;
        } catch (IOException e) {
            return Work.busy("its queue can't be kept: " + e.getMessage());
        }
    }

    private Work hold(App app, String purpose, boolean isInterrupting, JsonObject state) {
        try {
            String secret = NodeSecret.read(text(object(state, "journal"), "secret_file"));
            Map<String, Object> order = new LinkedHashMap<>();
            order.put("closed", true);
            order.put("purpose", purpose);
            order.put("restart_id", app.restart().map(RestartRun::id).orElse(""));
            order.put("lease_s", LEASE_S);
            Reply held = order(app, "gate", order, secret);
            if (isInterrupting) {
                order(app, "interrupt-for-restart", Map.of(), secret);
            }
            return held instanceof Reply.Content(int status, String body) && status == HttpURLConnection.HTTP_OK
                    ? left(app, purpose, Json.readObject(body))
                    : unanswered(held);
        } catch (IOException e) {
            return Work.busy("its node can't be told to hold the queue: " + e.getMessage());
        }
    }

    /** What is still running behind a closed gate, or not on the disk: then it is kept from outside as well. */
    private Work left(App app, String purpose, JsonObject state) {
        JsonObject queue = object(state, "queue");
        int running = number(queue, "running");
        int unwritten = number(queue, "unwritten");
        if (running > 0) {
            return Work.busy("its running prompt");
        }
        return unwritten > 0
                ? keptBy(() -> queues.writeDown(subject(app), purpose.equals("stop")))
                : new Work(Optional.empty(), Map.of("prompts", number(queue, "pending")));
    }

    private Work restored(App app) {
        return switch (get(app, NODE + "state")) {
            case Reply.Content(int status, String body)
            when status == HttpURLConnection.HTTP_OK ->
                restored(Json.readObject(body), keptBy(() -> queues.restoreOwed(subject(app))));
            case Reply.Content _ -> keptBy(() -> queues.restore(subject(app)));
            case Reply.None it -> Work.busy("an answer: " + it.why());
        };
    }

    /**
     * Its gate opens when the queue is back and tabs had the time to connect.
     *
     * @param owed what is put back from outside: of a run that had no node yet
     */
    private static Work restored(JsonObject state, Work owed) {
        if (owed.busyWith().isPresent()) {
            return owed;
        }
        JsonObject gate = object(state, "gate");
        if (isTrue(gate, "closed") && text(gate, "purpose").equals("start")) {
            return Work.busy("its queue is being put back");
        }
        JsonObject report = object(state, "restored");
        Map<String, Object> kept = new LinkedHashMap<>();
        int fromOutside = owed.kept().get("prompts") instanceof Number prompts ? prompts.intValue() : 0;
        kept.put("prompts", array(report, "restored").size() + fromOutside);
        kept.put("refused_prompts", details(array(report, "refused")));
        kept.put("parked_prompts", array(report, "parked").size());
        return new Work(Optional.empty(), kept);
    }

    private static List<Map<String, String>> details(JsonArray refused) {
        return refused.asList().stream()
                .filter(JsonObject.class::isInstance)
                .map(JsonObject.class::cast)
                .map(prompt -> Map.of("prompt_id", text(prompt, "prompt_id"), "why", text(prompt, "why")))
                .toList();
    }

    /** Done by its worker, once no prompt runs. Returns why it could not be asked; empty where it has taken the request. */
    Optional<String> free(App app) {
        String models = "{\"unload_models\":true,\"free_memory\":true}";
        return Freeing.problem(
                new WebCall("POST", address(app).url("/free"), Map.of(), Optional.of(models), Freeing.PATIENCE)
                        .toOwnApp()
                        .fetch());
    }

    private Reply get(App app, String path) {
        return WebCall.get(address(app).url(path), TIMEOUT).toOwnApp().fetch();
    }

    private Reply order(App app, String verb, Map<String, Object> body, String secret) {
        return new WebCall(
                        "POST",
                        address(app).url(NODE + verb),
                        Map.of("X-Jupyter-Restart-Secret", secret),
                        Optional.of(Json.write(body)),
                        TIMEOUT)
                .toOwnApp()
                .fetch();
    }

    /** Where nobody listens, nothing can be waited for; who listens and does not answer may be at work. */
    private static Work unanswered(Reply reply) {
        return switch (reply) {
            case Reply.Content it -> Work.busy("it answers %d".formatted(it.status()));
            case Reply.None it when it.isRefused() -> Work.NONE;
            case Reply.None it -> Work.busy("it does not answer: " + it.why());
        };
    }

    private KeptQueues.Subject subject(App app) {
        String instance = app.state()
                .process()
                .map(process -> process.identity() + " since " + process.since())
                .orElse("");
        Address address = address(app);
        return new KeptQueues.Subject(
                app.name(), address.url(""), instance, () -> runs.of(app, address.host(), address.port()));
    }

    /** Where it is asked. To find its command may take a look at processes: once for each thing that is asked. */
    private record Address(String scheme, String host, int port) {
        String url(String path) {
            return "%s://%s:%d%s".formatted(scheme, host, port, path);
        }
    }

    private Address address(App app) {
        List<String> command = commands.of(app);
        OptionalInt said = app.hello().map(Hello::port).orElse(OptionalInt.empty());
        int port = said.orElseGet(() -> commands.port(app, command));
        return new Address(ComfyUiCommand.scheme(command), ComfyUiCommand.host(command), port);
    }

    private static String counted(int prompts) {
        return prompts + (prompts == 1 ? " prompt" : " prompts");
    }

    private static JsonObject object(JsonObject of, String field) {
        return of.get(field) instanceof JsonObject object ? object : missing(field);
    }

    private static JsonArray array(JsonObject of, String field) {
        return of.get(field) instanceof JsonArray array ? array : missing(field);
    }

    private static JsonPrimitive value(JsonObject of, String field) {
        return of.get(field) instanceof JsonPrimitive value ? value : missing(field);
    }

    private static int number(JsonObject of, String field) {
        return value(of, field).isNumber() ? value(of, field).getAsInt() : missing(field);
    }

    private static boolean isTrue(JsonObject of, String field) {
        return value(of, field).getAsBoolean();
    }

    private static String text(JsonObject of, String field) {
        return value(of, field).getAsString();
    }

    private static <T> T missing(String field) {
        throw new JsonParseException("it has no proper \"%s\"".formatted(field));
    }
}
