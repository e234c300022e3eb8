package org.jupyterrestart.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.Optional;
import org.jupyterrestart.config.Served;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Reply;

/** Asks apps of known kinds whether a restart would cut something off. One that gives no answer is not waited for. */
final class Busy {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int GOOD = 200;

    private Busy() {}

    static Work ask(App app) {
        Optional<Served> served = app.spec().served().filter(Served::isPlain);
        return served.flatMap(at -> what(app.spec().preset(), at))
                .map(Work::busy)
                .orElse(Work.NONE);
    }

    private static Optional<String> what(String preset, Served served) {
        try {
            return switch (preset) {
                case "a1111", "forge" ->
                    fetch(served, "/sdapi/v1/progress?skip_current_image=true")
                            .map(body -> number(body, "state", "job_count"))
                            // Minus one, where it does not know yet how many there are.
                            .filter(jobs -> jobs != 0)
                            .map(_ -> "an image that it makes");
                case "invokeai" ->
                    // What is pending outlives a restart, what is in progress is cancelled by it.
                    fetch(served, "/api/v1/queue/default/status")
                            .map(body -> number(body, "queue", "in_progress"))
                            .filter(items -> items > 0)
                            .map(_ -> "an image that it makes");
                case "vllm" ->
                    fetch(served, "/metrics")
                            .map(Busy::requestsRunning)
                            .filter(requests -> requests > 0)
                            .map(requests -> requests == 1 ? "a request" : requests + " requests");
                default -> Optional.empty();
            };
        } catch (JsonParseException | IllegalStateException | NumberFormatException _) {
            return Optional.empty(); // another program's answer
        }
    }

    private static Optional<String> fetch(Served served, String path) {
        return WebCall.get(served.url(path), PATIENCE).fetch() instanceof Reply.Content(int status, String body)
                        && status == GOOD
                ? Optional.of(body)
                : Optional.empty();
    }

    private static int number(String json, String object, String key) {
        JsonElement found = JsonParser.parseString(json).getAsJsonObject().get(object) instanceof JsonObject inner
                ? inner.get(key)
                : null;
        return found == null || !found.isJsonPrimitive() ? 0 : found.getAsInt();
    }

    /** Of all engines together. */
    private static int requestsRunning(String metrics) {
        return (int) metrics.lines()
                .filter(line -> line.startsWith("vllm:num_requests_running"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
