package org.jupyterrestart.hook;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hook.Deed;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.TimedRun;
import org.jupyterrestart.supervisor.HookRunner;

/**
 * Runs hooks in order, each within its own time: a failure is told, and the next hook runs all the same.
 *
 * @param processes starts the commands
 * @param home what commands print goes to {@code logs/hooks/APP.log} below it; their directory where the app has none
 * @param environment the service's own; commands have the app's, and variables that say what happened
 */
public record TimedHooks(ProcessControl processes, Path home, Map<String, String> environment) implements HookRunner {
    public TimedHooks {
        environment = Map.copyOf(environment);
    }

    @Override
    public void run(HookRun run, Consumer<List<Failure>> onDone) {
        Thread.ofVirtual().name("hooks of " + run.app()).start(() -> onDone.accept(runAll(run)));
    }

    private List<Failure> runAll(HookRun run) {
        List<Failure> failures = new ArrayList<>();
        for (Hook hook : run.hooks()) {
            obstacle(run, hook).ifPresent(why -> failures.add(new Failure(hook, why)));
        }
        return failures;
    }

    private Optional<String> obstacle(HookRun run, Hook hook) {
        try {
            return switch (hook.deed()) {
                case Deed.Run(List<String> command) ->
                    new CommandHook(new TimedRun(processes), home, environment).run(run, command, hook.timeout());
                case Deed.Http http -> WebHook.call(run, http, hook.timeout());
            };
        } catch (InterruptedException | RuntimeException e) {
            // Whatever it is: a restart that waits for its hooks must hear of their end.
            return Optional.of("Hook %s could not be run: %s".formatted(hook.deed(), e));
        }
    }
}
