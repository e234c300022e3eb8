package org.jupyterrestart.simulation;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.UnmeasuredSampler;

/** Memory that grows, jumps and falls, and a disk that fills. */
final class SimulatedSampler extends UnmeasuredSampler {
    static final long MEMORY_LIMIT = 1_000;
    static final long DISK_LIMIT = 100;

    private final RandomGenerator random;
    private final BooleanSupplier isCalm;

    SimulatedSampler(RandomGenerator random, BooleanSupplier isCalm) {
        this.random = random;
        this.isCalm = isCalm;
    }

    @Override
    public OptionalLong memoryOf(List<ProcessIdentity> tree) {
        if (isCalm.getAsBoolean()) {
            return OptionalLong.of(1);
        }
        return OptionalLong.of(random.nextInt(4) == 0 ? MEMORY_LIMIT + 1 : random.nextLong(MEMORY_LIMIT));
    }

    @Override
    public OptionalLong diskFree(Path folder) {
        return OptionalLong.of(isCalm.getAsBoolean() ? DISK_LIMIT * 2 : random.nextLong(DISK_LIMIT * 4));
    }

    @Override
    public long deletedFiles(List<ProcessIdentity> tree, Path folder) {
        return random.nextLong(DISK_LIMIT);
    }
}
