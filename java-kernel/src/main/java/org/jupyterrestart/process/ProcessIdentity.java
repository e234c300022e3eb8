package org.jupyterrestart.process;

import static java.util.Objects.requireNonNull;

/**
 * One process for all time: a pid alone is reused by the kernel, a pid with its start time in one boot is not.
 *
 * @param bootId {@code /proc/sys/kernel/random/boot_id}
 * @param pid the process id, in our pid namespace
 * @param startTicks field 22 of {@code /proc/PID/stat}: clock ticks after boot; kept over {@code execve}
 */
public record ProcessIdentity(String bootId, int pid, long startTicks) {
    public ProcessIdentity {
        requireNonNull(bootId, "bootId is null");
        if (pid < 1) {
            throw new IllegalArgumentException("pid %d is not positive".formatted(pid));
        }
    }
}
