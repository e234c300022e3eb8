package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.process.Descriptors;

/**
 * Whether pids that a driver tells are pids here. A driver knows those of the host; inside a container they are
 * strangers' or hidden, and a figure that is missing must not be taken for none.
 */
final class PidSpace {
    /** {@code PROC_PID_INIT_INO} of the kernel: the inode of the first pid namespace, the host's. */
    private static final String HOST = "pid:[4026531836]";

    private final Path proc;

    /** {@code proc} is {@code /proc}. */
    PidSpace(Path proc) {
        this.proc = proc;
    }

    /** The same where they are ours; empty where that can't be told. */
    Optional<Map<Integer, Long>> ours(Map<Integer, Long> memoryByPid) {
        return isHost() || isEachOfUs(memoryByPid) ? Optional.of(memoryByPid) : Optional.empty();
    }

    private boolean isHost() {
        return link(proc.resolve("self/ns/pid")).filter(HOST::equals).isPresent();
    }

    /** Drivers that translate pids name only processes of the container, which have the device open. */
    private boolean isEachOfUs(Map<Integer, Long> memoryByPid) {
        return !memoryByPid.isEmpty()
                && memoryByPid.keySet().stream()
                        .allMatch(pid -> Descriptors.of(proc, pid).values().stream()
                                .anyMatch(file -> file.startsWith("/dev/nvidia")));
    }

    private static Optional<String> link(Path path) {
        try {
            return Optional.of(Files.readSymbolicLink(path).toString());
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
