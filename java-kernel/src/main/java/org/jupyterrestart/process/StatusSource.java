package org.jupyterrestart.process;

import java.util.Optional;

/** Who tells how a process ended that is not our child: its keeper. */
interface StatusSource {
    /** Whether a status may still come. */
    boolean isKept(ProcessIdentity identity);

    /** What was written down so far. */
    Optional<ExitStatus> status(ProcessIdentity identity);
}
