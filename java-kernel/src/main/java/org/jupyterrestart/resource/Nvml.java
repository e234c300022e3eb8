package org.jupyterrestart.resource;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.jupyterrestart.process.CFunction.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jupyterrestart.process.CFunction;

/**
 * NVIDIA's management library, one method for each of its functions that we call. Sizes and offsets are those of
 * {@code nvml.h}. What fails throws {@link NvmlException} with the library's code.
 */
final class Nvml {
    /** The library of the driver; a path works too. */
    static final String LIBRARY = "libnvidia-ml.so.1";

    static final int SUCCESS = 0;
    static final int NOT_SUPPORTED = 3;
    static final int INSUFFICIENT_SIZE = 7;

    private static final int NAME_SIZE = 96;
    private static final int MEMORY_SIZE = 24;
    private static final int MEMORY_TOTAL = 0;
    private static final int MEMORY_USED = 16;
    private static final int PROCESS_SIZE = 24;
    private static final int PROCESS_USED = 8;

    /** {@code NVML_VALUE_NOT_AVAILABLE}. */
    private static final long NOT_AVAILABLE = -1;

    private static final int FIRST_PROCESSES = 32;

    /** Processes come and go between the answer "too many" and the next question. */
    private static final int GROWTHS = 4;

    private final CFunction init;
    private final CFunction count;
    private final CFunction handle;
    private final CFunction name;
    private final CFunction memory;
    private final CFunction utilization;
    private final Optional<CFunction> compute;
    private final Optional<CFunction> graphics;

    private Nvml(SymbolLookup library) {
        init = required(library, "nvmlInit_v2");
        count = required(library, "nvmlDeviceGetCount_v2");
        handle = required(library, "nvmlDeviceGetHandleByIndex_v2");
        name = required(library, "nvmlDeviceGetName");
        memory = required(library, "nvmlDeviceGetMemoryInfo");
        utilization = required(library, "nvmlDeviceGetUtilizationRates");
        // Drivers before 510 have the second version alone: the same entries.
        compute =
                firstOf(library, "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2");
        graphics = firstOf(
                library, "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2");
    }

    /** {@code library} is a name that the dynamic linker looks for, or a path; empty where it is not to be had. */
    static Optional<Nvml> load(String library) {
        try {
            return Optional.of(new Nvml(SymbolLookup.libraryLookup(library, Arena.global())));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** The library's code of a call that failed, with what people should know. */
    static final class NvmlException extends Exception {
        private static final long serialVersionUID = 1;

        private final int code;

        NvmlException(int code) {
            super(meaning(code));
            this.code = code;
        }

        int code() {
            return code;
        }

        private static String meaning(int code) {
            return switch (code) {
                case 1 -> "the driver was unloaded meanwhile";
                case 4 -> "this user may not ask the driver";
                case 9 -> "the NVIDIA driver is not loaded";
                case 10 -> "the driver does not answer";
                case 11 -> "the GPU's interrupts do not arrive";
                case 12 -> "the driver's library is incomplete";
                case 15 -> "the GPU has fallen off the bus: only a reboot brings it back";
                case 16 -> "the GPU needs a reset";
                case 17 -> "the operating system or the container blocks the GPU";
                case 18 -> "driver and library differ in version: reboot, or load the new driver";
                case 20 -> "the driver is out of memory";
                default -> "NVML error " + code;
            };
        }
    }

    /** Counted by the library: each call wants its {@code nvmlShutdown}. We hold it open until we end. */
    void init() throws NvmlException {
        check(init.call());
    }

    int deviceCount() throws NvmlException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_INT);
            check(count.call(result.address()));
            return result.get(JAVA_INT, 0);
        }
    }

    MemorySegment device(int index) throws NvmlException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(POINTER);
            check(handle.call(index, result.address()));
            return result.get(POINTER, 0);
        }
    }

    String name(MemorySegment device) throws NvmlException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(NAME_SIZE);
            check(name.call(device.address(), result.address(), NAME_SIZE));
            return result.getString(0);
        }
    }

    /** In bytes. */
    record Memory(long used, long total) {}

    Memory memory(MemorySegment device) throws NvmlException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(MEMORY_SIZE, Long.BYTES);
            check(memory.call(device.address(), result.address()));
            return new Memory(result.get(JAVA_LONG, MEMORY_USED), result.get(JAVA_LONG, MEMORY_TOTAL));
        }
    }

    /** Percent of the last period in which a kernel ran. */
    int utilization(MemorySegment device) throws NvmlException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(2 * JAVA_INT.byteSize(), Integer.BYTES);
            check(utilization.call(device.address(), result.address()));
            return result.get(JAVA_INT, 0);
        }
    }

    /** Bytes by pid, {@link GpuSample.Device#UNTOLD} where not told; the pids are those of the driver's namespace. */
    Map<Integer, Long> processes(MemorySegment device) throws NvmlException {
        Map<Integer, Long> found = new HashMap<>();
        for (CFunction list :
                Stream.of(compute, graphics).flatMap(Optional::stream).toList()) {
            // One with both kinds of work is in both lists, each time with all of its memory.
            processes(device, list).forEach((pid, bytes) -> found.merge(pid, bytes, Math::max));
        }
        return found;
    }

    private static Map<Integer, Long> processes(MemorySegment device, CFunction list) throws NvmlException {
        int room = FIRST_PROCESSES;
        for (int attempt = 0; ; attempt++) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment size = arena.allocateFrom(JAVA_INT, room);
                MemorySegment entries = arena.allocate((long) PROCESS_SIZE * room, Long.BYTES);
                int code = list.call(device.address(), size.address(), entries.address());
                if (code != INSUFFICIENT_SIZE || attempt == GROWTHS) {
                    check(code);
                    return read(entries, size.get(JAVA_INT, 0));
                }
                room = Math.max(2 * room, 2 * size.get(JAVA_INT, 0));
            }
        }
    }

    private static Map<Integer, Long> read(MemorySegment entries, int count) {
        Map<Integer, Long> found = new HashMap<>();
        for (int i = 0; i < count; i++) {
            long entry = (long) PROCESS_SIZE * i;
            long used = entries.get(JAVA_LONG, entry + PROCESS_USED);
            found.put(entries.get(JAVA_INT, entry), used == NOT_AVAILABLE ? GpuSample.Device.UNTOLD : used);
        }
        return found;
    }

    private static void check(int code) throws NvmlException {
        if (code != SUCCESS) {
            throw new NvmlException(code);
        }
    }

    private static CFunction required(SymbolLookup library, String function) {
        return CFunction.in(library, function)
                .orElseThrow(() -> new IllegalArgumentException("the library has no " + function));
    }

    private static Optional<CFunction> firstOf(SymbolLookup library, String newer, String older) {
        return CFunction.in(library, newer).or(() -> CFunction.in(library, older));
    }
}
