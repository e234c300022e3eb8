package org.jupyterrestart.resource;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jupyterrestart.process.ProcessIdentity;

/** Of a machine on which nothing can be measured. */
public class UnmeasuredSampler implements ResourceSampler {
    @Override
    public Resources sample() {
        return new Resources(
                Instant.EPOCH,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                Optional.empty());
    }

    @Override
    public OptionalLong memoryOf(List<ProcessIdentity> tree) {
        return OptionalLong.empty();
    }

    @Override
    public OptionalLong diskFree(Path folder) {
        return OptionalLong.empty();
    }

    @Override
    public long deletedFiles(List<ProcessIdentity> tree, Path folder) {
        return 0;
    }
}
