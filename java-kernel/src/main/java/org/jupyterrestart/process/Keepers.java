package org.jupyterrestart.process;

import java.util.Optional;

/** What keepers know about the apps they started, for this service or an earlier one. */
@FunctionalInterface
interface Keepers {
    /** Where there are none. */
    Keepers NONE = _ -> Optional.empty();

    /** What the keeper of this app has written so far; empty for an app without one. */
    Optional<KeeperRecord> recordOf(ProcessIdentity app);
}
