package org.jupyterrestart.hook;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.TimedRun;
import org.jupyterrestart.supervisor.HookRunner.HookRun;

/** A hook that is a command; it learns from its environment what it is run for. */
record CommandHook(TimedRun runner, Path home, Map<String, String> environment) {
    /** Why it did not do its work; empty when it did. */
    Optional<String> run(HookRun run, List<String> command, Duration timeout) throws InterruptedException {
        Path output = home.resolve("logs").resolve("hooks").resolve(run.app() + ".log");
        Path directory = run.program().flatMap(Program::directory).orElse(home);
        String name = String.join(" ", command);
        return switch (runner.run(new Launch(command, directory, environmentFor(run), output), timeout)) {
            case TimedRun.Outcome.Ended(ExitStatus status) when status.isSuccess() -> Optional.empty();
            case TimedRun.Outcome.Ended(ExitStatus status) ->
                Optional.of(
                        "Hook \"%s\" ended with %s: what it said is in %s".formatted(name, status.describe(), output));
            case TimedRun.Outcome.NotStarted(String why) ->
                Optional.of("Hook \"%s\" did not run: %s".formatted(name, why));
            case TimedRun.Outcome.Late _ ->
                Optional.of("Hook \"%s\" was ended after %s: give it a longer timeout, or make it quicker"
                        .formatted(name, Durations.format(timeout)));
        };
    }

    private Map<String, String> environmentFor(HookRun run) {
        Map<String, String> variables = new HashMap<>(
                run.program().map(program -> program.environmentIn(environment)).orElse(environment));
        variables.put("JUPYTER_RESTART_APP", run.app());
        variables.put("JUPYTER_RESTART_EVENT", run.occasion().wireName());
        variables.put(
                "JUPYTER_RESTART_REASON", run.reason().map(Reason::wireName).orElse(""));
        variables.put("JUPYTER_RESTART_RESTART_ID", run.restartId().orElse(""));
        return variables;
    }
}
