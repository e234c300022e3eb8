package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** How long ago this machine booted. Unlike {@link System#nanoTime} it goes on while the machine is suspended. */
public final class BootTime {
    private static final int CLOCK_BOOTTIME = 7;
    private static final int TIMESPEC_SIZE = 16;
    private static final int NANOS = 8;
    private static final CFunction CLOCK_GETTIME = CFunction.of("clock_gettime");

    private BootTime() {}

    public static Duration passed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(TIMESPEC_SIZE, 8);
            OsException.check("read the time since the boot", CLOCK_GETTIME.orErrno(CLOCK_BOOTTIME, time.address()));
            return Duration.ofSeconds(time.get(JAVA_LONG, 0), time.get(JAVA_LONG, NANOS));
        }
    }
}
