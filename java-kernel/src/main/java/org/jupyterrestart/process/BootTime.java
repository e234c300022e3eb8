package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.jupyterrestart.process.FfmSupport.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/** How long ago this machine booted. Unlike {@link System#nanoTime} it goes on while the machine is suspended. */
public final class BootTime {
    private static final int CLOCK_BOOTTIME = 7;
    private static final int TIMESPEC_SIZE = 16;
    private static final int NANOS = 8;
    private static final MethodHandle CLOCK_GETTIME =
            FfmSupport.linkErrno("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, POINTER));

    private BootTime() {}

    public static Duration passed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(TIMESPEC_SIZE, 8);
            OsException.check("read the time since the boot", (int)
                    FfmSupport.orErrno(errno -> (int) CLOCK_GETTIME.invokeExact(errno, CLOCK_BOOTTIME, time)));
            return Duration.ofSeconds(time.get(JAVA_LONG, 0), time.get(JAVA_LONG, NANOS));
        }
    }
}
