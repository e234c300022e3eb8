package org.jupyterrestart.resource;

import java.util.List;
import java.util.OptionalLong;
import org.jupyterrestart.process.ProcessIdentity;

/** Measures memory and disk. Called off the loop thread: a sample may take tens of milliseconds. */
public interface ResourceSampler {
    Resources sample();

    /** Resident memory of these processes together, in bytes; empty when none of them lives. */
    OptionalLong memoryOf(List<ProcessIdentity> tree);
}
