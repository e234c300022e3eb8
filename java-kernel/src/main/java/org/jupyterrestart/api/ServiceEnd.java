package org.jupyterrestart.api;

import java.util.List;
import java.util.Optional;

/** How the service is asked to end; its apps go on in any case. */
public sealed interface ServiceEnd {
    record Stop() implements ServiceEnd {}

    /**
     * In the same process.
     *
     * @param program what goes before our own arguments: Java, its flags, the jar; empty for the same as now
     */
    record Restart(Optional<List<String>> program) implements ServiceEnd {}
}
