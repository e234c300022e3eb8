package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.jupyterrestart.process.Children.Program;
import org.jupyterrestart.process.Children.Result;

/** A way of starting an app whose program has been found. */
interface Starter {
    SpawnResult start(Launch launch, Path program);

    Guarantees guarantees();

    /** The app is our own child; {@code whyDirect} says why it has no keeper. */
    record Direct(Children children, String whyDirect) implements Starter {
        @Override
        public SpawnResult start(Launch launch, Path program) {
            return switch (children.make(new Program(program, launch.command(), OptionalInt.empty()), launch)) {
                case Result.Child(ProcessIdentity app) -> new SpawnResult.Spawned(app);
                case Result.None(int errno) -> new SpawnResult.NotSpawned(SpawnObstacle.explain(program, errno));
            };
        }

        @Override
        public Guarantees guarantees() {
            return Guarantees.withoutKeeper(whyDirect);
        }
    }
}
