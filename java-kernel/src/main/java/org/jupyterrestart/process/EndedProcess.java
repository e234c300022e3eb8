package org.jupyterrestart.process;

import org.jupyterrestart.process.LibC.Waited;

/** Asks everyone who may know how a process ended. */
final class EndedProcess {
    private EndedProcess() {}

    /** What is known of a process that has ended. */
    sealed interface Answer {
        record Known(ExitStatus status) implements Answer {}

        /** Its parent has not collected the status yet, or not written it down: ask again. */
        record NotYet() implements Answer {}

        record Never() implements Answer {}
    }

    /** Reaps a child; of others it asks the keeper, then the kernel, which tells once the parent has reaped them. */
    static Answer ask(ProcessIdentity identity, PidFd pidfd, Keepers keepers) {
        if (LibC.waitid(pidfd.descriptor()) instanceof Waited.Ended(ExitStatus status)) {
            return new Answer.Known(status);
        }
        return keepers.recordOf(identity)
                .flatMap(KeeperRecord::ended)
                .<Answer>map(Answer.Known::new)
                .orElseGet(() -> askKernel(identity, pidfd, keepers));
    }

    private static Answer askKernel(ProcessIdentity identity, PidFd pidfd, Keepers keepers) {
        return switch (LibC.pidfdExitInfo(pidfd.descriptor())) {
            case Waited.Ended(ExitStatus status) -> new Answer.Known(status);
            case Waited.Failed(int errno)
            when errno == Errno.EAGAIN || keepers.recordOf(identity).isPresent() -> new Answer.NotYet();
            case Waited.Failed _ -> new Answer.Never();
        };
    }
}
