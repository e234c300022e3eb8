package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;

/** Runs what users want done around restarts, on threads of its own. */
public interface HookRunner {
    /** Runs the hooks one after the other, then calls {@code onDone} once. */
    void run(HookRun run, Consumer<List<Failure>> onDone);

    /**
     * What is to be run, and why.
     *
     * @param program the app's own, whose directory and environment commands share; empty for an app that has none
     * @param occasion the event that the hooks are run for
     */
    record HookRun(
            String app,
            Optional<Program> program,
            EventType occasion,
            Optional<String> restartId,
            Optional<Reason> reason,
            List<Hook> hooks) {
        public HookRun {
            hooks = List.copyOf(hooks);
        }
    }

    /**
     * A hook that did not do its work.
     *
     * @param why names the hook, what happened and what to do
     */
    record Failure(Hook hook, String why) {}

    /** Why a restart must not go on: the first failure of a required hook. */
    static Optional<String> obstacle(List<Failure> failures) {
        return failures.stream()
                .filter(failure -> failure.hook().isRequired())
                .map(Failure::why)
                .findFirst();
    }
}
