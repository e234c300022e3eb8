package org.jupyterrestart.process;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jupyterrestart.process.Children.Program;
import org.jupyterrestart.process.Children.Result;
import org.jupyterrestart.process.Keeper.Known;

/** A way of starting an app whose program has been found. {@code onResult} is called once, on any thread. */
interface Starter {
    /** May block. */
    void start(Known known, Consumer<SpawnResult> onResult);

    /** On the loop: without blocking, or false, and then nothing was done. */
    default boolean startAtOnce(Known known, Consumer<SpawnResult> onResult) {
        return false;
    }

    /** On the loop: whether this will be started when {@code app} ends on these terms. */
    default boolean order(ProcessIdentity app, Known next, Standing terms) {
        return false;
    }

    /** On the loop: what was ordered for the end of {@code app} is not started any more, unless it was already. */
    default void revoke(ProcessIdentity app) {}

    /** On the loop: what was started when {@code app} ended, and is not taken charge of yet. */
    default Optional<Launch> startedAfter(ProcessIdentity app) {
        return Optional.empty();
    }

    /** On the loop: takes charge of what was started with exactly this launch by a standing order. */
    default Optional<ProcessIdentity> takeStarted(Launch launch) {
        return Optional.empty();
    }

    Guarantees guarantees();

    /** The app is our own child; {@code whyDirect} says why it has no keeper. */
    record Direct(Children children, String whyDirect) implements Starter {
        @Override
        public void start(Known known, Consumer<SpawnResult> onResult) {
            Program program = new Program(known.program(), known.launch().command(), OptionalInt.empty());
            onResult.accept(
                    switch (children.make(program, known.launch())) {
                        case Result.Child(ProcessIdentity app) -> new SpawnResult.Spawned(app);
                        case Result.None(int errno) ->
                            new SpawnResult.NotSpawned(SpawnObstacle.explain(known.program(), errno));
                    });
        }

        @Override
        public Guarantees guarantees() {
            return Guarantees.withoutKeeper(whyDirect);
        }
    }
}
