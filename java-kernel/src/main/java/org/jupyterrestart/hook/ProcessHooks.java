package org.jupyterrestart.hook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.SpawnResult;
import org.jupyterrestart.supervisor.HookRunner;

/**
 * Runs hooks as processes and as HTTP requests, each with its deadline; what a hook prints goes to its app's output.
 * When a hook's time is over, nothing of its tree lives on.
 *
 * @param home the working directory of commands; outputs of apps are below it
 * @param environment what commands are given, with the app's name as {@code JUPYTER_RESTART_APP}
 */
public record ProcessHooks(ProcessControl processes, Path home, Map<String, String> environment) implements HookRunner {
    private static final int KILL = 9;

    @Override
    public void run(String app, List<Hook> hooks, Consumer<List<Failure>> onDone) {
        Thread.startVirtualThread(() -> onDone.accept(
                hooks.stream().flatMap(hook -> run(app, hook).stream()).toList()));
    }

    private Optional<Failure> run(String app, Hook hook) {
        Optional<String> obstacle = switch (hook.deed()) {
            case Hook.Deed.Run(List<String> command) -> execute(app, hook, command);
            case Hook.Deed.Http(String url) -> post(app, hook, url);
        };
        return obstacle.map(why -> new Failure(hook, why));
    }

    private Optional<String> execute(String app, Hook hook, List<String> command) {
        String marker = "hook-" + UUID.randomUUID();
        Map<String, String> given = new HashMap<>(environment);
        given.put("JUPYTER_RESTART_APP", app);
        given.put(Launch.MARKER, marker);
        Path output = home.resolve("logs").resolve(app + ".log");
        return switch (processes.spawn(new Launch(command, home, given, output))) {
            case SpawnResult.NotSpawned(String why) -> Optional.of("Hook %s did not start: %s".formatted(command, why));
            case SpawnResult.Spawned(ProcessIdentity identity) -> await(hook, command, identity, marker);
        };
    }

    private Optional<String> await(Hook hook, List<String> command, ProcessIdentity identity, String marker) {
        CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        processes.watch(identity, exit::complete);
        try {
            ExitStatus status = exit.get(hook.timeout().toNanos(), TimeUnit.NANOSECONDS);
            return status.isSuccess()
                    ? Optional.empty()
                    : Optional.of("Hook %s ended with %s: the app's log has what it said"
                            .formatted(command, status.describe()));
        } catch (TimeoutException _) {
            processes.unwatch(identity);
            processes.tree(identity, marker).forEach(member -> processes.signal(member, KILL));
            return Optional.of("Hook %s was ended after %s: give it a longer timeout, or make it quicker"
                    .formatted(command, Durations.format(hook.timeout())));
        } catch (InterruptedException | ExecutionException e) {
            return Optional.of("Nobody waited for the hook %s: %s".formatted(command, e));
        }
    }

    private static Optional<String> post(String app, Hook hook, String url) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection();
            int timeout = Math.toIntExact(hook.timeout().toMillis());
            connection.setConnectTimeout(timeout);
            connection.setReadTimeout(timeout);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.getOutputStream().write(Json.write(Map.of("app", app)).getBytes(UTF_8));
            int status = connection.getResponseCode();
            connection.disconnect();
            boolean isGood = status >= HttpURLConnection.HTTP_OK && status < HttpURLConnection.HTTP_MULT_CHOICE;
            return isGood ? Optional.empty() : Optional.of("Hook POST %s was answered by %d".formatted(url, status));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.of("Hook POST %s failed: %s".formatted(url, e));
        }
    }
}
