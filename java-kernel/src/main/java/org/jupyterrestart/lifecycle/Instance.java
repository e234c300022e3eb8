package org.jupyterrestart.lifecycle;

import java.util.Optional;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * One run of an app's program.
 *
 * @param identity its main process
 * @param marker what every process of its tree carries in its environment; empty for one that we did not start
 * @param ready when it became ready
 */
public record Instance(ProcessIdentity identity, String marker, Optional<Now> ready) {
    Instance readyAt(Now now) {
        return ready.isPresent() ? this : new Instance(identity, marker, Optional.of(now));
    }
}
