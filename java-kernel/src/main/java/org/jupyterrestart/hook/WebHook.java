package org.jupyterrestart.hook;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Hook.Deed;
import org.jupyterrestart.config.Hook.Method;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.supervisor.HookRunner.HookRun;
import org.jupyterrestart.web.WebCall;

/** A hook that is a request; a POST says what it is for. */
final class WebHook {
    private WebHook() {}

    /** The body of a POST. */
    private record Occasion(String app, EventType event, Optional<Reason> reason, Optional<String> restartId) {}

    /** Why it did not do its work; empty when it did. */
    static Optional<String> call(HookRun run, Deed.Http http, Duration timeout) {
        Optional<String> body = http.method() == Method.POST
                ? Optional.of(Json.write(new Occasion(run.app(), run.occasion(), run.reason(), run.restartId())))
                : Optional.empty();
        WebCall call = new WebCall(http.method().name(), http.url(), Map.of(), body, timeout);
        return switch (call.send()) {
            case WebCall.Answer.Status status when status.isGood() -> Optional.empty();
            case WebCall.Answer.Status(int code) ->
                Optional.of("Hook %s %s was answered by %d: it takes 200 to 299 for success"
                        .formatted(http.method(), http.url(), code));
            case WebCall.Answer.None(String why) ->
                Optional.of("Hook %s %s failed: %s. Look whether the other side runs, and at the address"
                        .formatted(http.method(), http.url(), why));
        };
    }
}
