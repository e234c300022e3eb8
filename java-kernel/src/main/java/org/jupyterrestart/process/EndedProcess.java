package org.jupyterrestart.process;

import java.util.Optional;
import org.jupyterrestart.process.LibC.Waited;

/** Asks everyone who may know how a process ended. */
final class EndedProcess {
    private EndedProcess() {}

    /** What is known of a process that has ended. */
    sealed interface Answer {
        record Known(ExitStatus status) implements Answer {}

        /** Its parent has not collected the status yet, or not written it down: ask again. */
        record NotYet() implements Answer {}

        /** Its keeper has not told yet, and can't but tell before it lets go of the process. */
        record Promised() implements Answer {}

        record Never() implements Answer {}
    }

    /**
     * Reaps a child; of others it asks the keeper, then the kernel, which tells once the parent has reaped them, and
     * often before.
     */
    static Answer ask(ProcessIdentity identity, PidFd pidfd, Keepers keepers, Remains remains) {
        if (LibC.waitid(pidfd.descriptor()) instanceof Waited.Ended(ExitStatus status)) {
            return new Answer.Known(status);
        }
        // In this order: the status of what is gone by now is in its keeper's file.
        boolean wasThere = remains.isThere(identity);
        Optional<KeeperRecord> record = keepers.recordOf(identity);
        boolean isPromised = wasThere
                && record.flatMap(KeeperRecord::keeper).filter(remains::isThere).isPresent();
        return record.flatMap(KeeperRecord::ended)
                .<Answer>map(Answer.Known::new)
                .orElseGet(
                        () -> isPromised ? new Answer.Promised() : askKernel(pidfd, record, remains.status(identity)));
    }

    private static Answer askKernel(PidFd pidfd, Optional<KeeperRecord> record, Optional<ExitStatus> shown) {
        return switch (LibC.pidfdExitInfo(pidfd.descriptor())) {
            case Waited.Ended(ExitStatus status) -> new Answer.Known(status);
            case Waited.Failed _ when shown.isPresent() -> new Answer.Known(shown.get());
            case Waited.Failed(int errno) when errno == Errno.EAGAIN || record.isPresent() -> new Answer.NotYet();
            case Waited.Failed _ -> new Answer.Never();
        };
    }
}
