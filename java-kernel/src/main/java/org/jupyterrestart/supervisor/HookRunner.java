package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jupyterrestart.config.Hook;

/** Runs what users want done around restarts, on threads of its own. */
public interface HookRunner {
    /** Runs these hooks one after the other for {@code app}; each outcome comes with the call of {@code onDone}. */
    void run(String app, List<Hook> hooks, Consumer<List<Failure>> onDone);

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
