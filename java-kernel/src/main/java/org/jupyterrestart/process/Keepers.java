package org.jupyterrestart.process;

import java.util.Optional;

/** What keepers know about the apps they started, for this service or an earlier one. */
interface Keepers {
    /** Where there are none. */
    Keepers NONE = new Keepers() {
        @Override
        public boolean hasKeeper(ProcessIdentity app) {
            return false;
        }

        @Override
        public Optional<ProcessIdentity> keeperOf(ProcessIdentity app) {
            return Optional.empty();
        }

        @Override
        public Optional<ExitStatus> statusOf(ProcessIdentity app) {
            return Optional.empty();
        }
    };

    boolean hasKeeper(ProcessIdentity app);

    /** The process, alive or not, that orphans of the app's tree become children of. */
    Optional<ProcessIdentity> keeperOf(ProcessIdentity app);

    /** Empty while the app runs, and for a moment longer. */
    Optional<ExitStatus> statusOf(ProcessIdentity app);
}
