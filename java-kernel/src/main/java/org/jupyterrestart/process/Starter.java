package org.jupyterrestart.process;

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
