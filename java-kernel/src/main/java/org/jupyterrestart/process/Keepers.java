package org.jupyterrestart.process;

import java.util.Optional;

/** What keepers know about the apps they started, for this service or an earlier one. */
interface Keepers {
    /** Where there are none. */
    Keepers NONE = _ -> Optional.empty();

    /** What the keeper of this app has told so far; empty for an app without one. */
    Optional<KeeperRecord> recordOf(ProcessIdentity app);

    /** What was started with this marker, whether it still runs or not; empty where no keeper's file tells. */
    default Optional<ProcessIdentity> appOf(String marker) {
        return Optional.empty();
    }

    /** What this keeper has told of its latest app; empty where it has not told of any yet. */
    default Optional<KeeperRecord> recordOfKeeper(ProcessIdentity keeper) {
        return Optional.empty();
    }

    /** Whether this keeper is one of this service's own, not one that an earlier service left. */
    default boolean isFollowed(ProcStat keeper) {
        return false;
    }

    /** Whether the end of this app will be told by its keeper, unasked. On the loop. */
    default boolean willTell(ProcessIdentity app) {
        return false;
    }
}
