package org.jupyterrestart.simulation;

import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.workload.Workload;

/** Apps that have something to do, now and then. */
record SimulatedWork(RandomGenerator random, BooleanSupplier isCalm) implements Workload {
    @Override
    public Work ask(App app, Work.Ask ask) {
        return random.nextInt(3) == 0 ? new Work(Optional.empty(), Map.of("prompts", 2L)) : Work.busy("something");
    }

    @Override
    public Optional<String> freeMemory(App app) {
        return random.nextBoolean() ? Optional.empty() : Optional.of("it answered 500");
    }

    /** One in eight ends is a restart of its own. */
    @Override
    public boolean isToStartAgain(App app) {
        return !isCalm.getAsBoolean() && random.nextInt(8) == 0;
    }

    @Override
    public void told(String app, Work work) {}
}
