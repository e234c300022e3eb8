package org.jupyterrestart.probe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.TimedRun;
import org.jupyterrestart.process.TimedRun.Outcome;
import org.jupyterrestart.supervisor.Prober.Subject;

/** Asks a command, which runs in the app's directory and environment. */
record CommandCheck(TimedRun runner, Launch launch, Duration timeout) {
    /** Where commands run whose app has no program, and where they print. */
    record Service(Path directory, Map<String, String> environment, Path output) {}

    static CommandCheck of(TimedRun runner, Subject subject, List<String> command, Service service) {
        Optional<Program> program = subject.program();
        Map<String, String> environment = new HashMap<>(
                program.map(it -> it.environmentIn(service.environment())).orElse(service.environment()));
        environment.put("JUPYTER_RESTART_APP", subject.app());
        environment.put(
                "JUPYTER_RESTART_PID", Integer.toString(subject.identity().pid()));
        Path directory = program.flatMap(Program::directory).orElse(service.directory());
        return new CommandCheck(
                runner,
                new Launch(command, directory, environment, service.output()),
                subject.spec().timeout());
    }

    Optional<String> problem() throws InterruptedException {
        return switch (run()) {
            case Outcome.Ended(ExitStatus status) when status.isSuccess() -> Optional.empty();
            case Outcome.Ended(ExitStatus status) ->
                Optional.of("\"%s\" ended with %s: what it said is in %s"
                        .formatted(name(), status.describe(), launch.output()));
            case Outcome.NotStarted(String why) -> Optional.of("\"%s\" did not run: %s".formatted(name(), why));
            case Outcome.Late _ ->
                Optional.of("\"%s\" did not end within %s".formatted(name(), Durations.format(timeout)));
        };
    }

    Outcome run() throws InterruptedException {
        return runner.run(launch, timeout);
    }

    String name() {
        return String.join(" ", launch.command());
    }
}
