package org.jupyterrestart.resource;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jupyterrestart.process.ProcessIdentity;

/** Measures memory and disk. Called off the loop thread: a sample may take tens of milliseconds. */
public interface ResourceSampler {
    Resources sample();

    /** Resident memory of these processes together, in bytes; empty when none of them lives. */
    OptionalLong memoryOf(List<ProcessIdentity> tree);

    /** What users may still write on the disk that holds {@code folder}, in bytes; empty where it can't be known. */
    OptionalLong diskFree(Path folder);

    /** The size of files on that disk that are deleted and live on only because these processes have them open. */
    long deletedFiles(List<ProcessIdentity> tree, Path folder);
}
