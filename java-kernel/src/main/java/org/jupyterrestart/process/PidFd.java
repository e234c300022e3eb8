package org.jupyterrestart.process;

import java.util.Optional;

/**
 * A descriptor that pins one process: while it is open, its pid means no other process to it. Close it once.
 */
record PidFd(int descriptor) implements AutoCloseable {
    /** Empty when no process has this pid, or only a thread has. */
    static Optional<PidFd> open(int pid) {
        int result = LibC.pidfdOpen(pid);
        return switch (-result) {
            case Errno.ESRCH, Errno.EINVAL, Errno.ENOENT -> Optional.empty();
            default -> Optional.of(new PidFd(OsException.check("open process %d".formatted(pid), result)));
        };
    }

    static PidFd ownProcess() {
        return open((int) ProcessHandle.current().pid()).orElseThrow();
    }

    /** False when the process is gone, which is no error. */
    boolean signal(int signal) {
        int result = LibC.pidfdSendSignal(descriptor, signal);
        if (result == -Errno.ESRCH) {
            return false;
        }
        OsException.check("send signal %d to a process".formatted(signal), result);
        return true;
    }

    @Override
    public void close() {
        LibC.close(descriptor);
    }
}
