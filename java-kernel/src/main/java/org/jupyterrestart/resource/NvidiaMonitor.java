package org.jupyterrestart.resource;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Nvml.NvmlException;
import org.jupyterrestart.resource.Resources.Gpu;

/**
 * NVIDIA GPUs by the driver's own library, which is loaded when it is first asked and held open from then on. Not for
 * more than one thread at a time.
 */
final class NvidiaMonitor {
    /** The driver knows no such device any more, or a container hides it. */
    private static final int NOT_FOUND = 6;

    private final String library;
    private final PidSpace pids;
    private Optional<Nvml> nvml = Optional.empty();

    /** {@code library} as {@link Nvml#load} takes it. */
    NvidiaMonitor(String library, PidSpace pids) {
        this.library = library;
        this.pids = pids;
    }

    /** Empty where the library is not to be had: nothing is known of NVIDIA GPUs then. */
    Optional<GpuSample> sample() {
        Optional<Nvml> loaded = nvml.isPresent() ? nvml : Nvml.load(library);
        return loaded.map(this::sample);
    }

    private GpuSample sample(Nvml loaded) {
        try {
            if (nvml.isEmpty()) {
                loaded.init();
                nvml = Optional.of(loaded);
            }
            int count = loaded.deviceCount();
            GpuSample all = GpuSample.NONE;
            for (int index = 0; index < count; index++) {
                all = all.and(device(loaded, index));
            }
            return all;
        } catch (NvmlException e) {
            nvml = Optional.empty(); // next time from the start
            return GpuSample.troubled("NVIDIA: " + e.getMessage());
        }
    }

    /** One that fails does not hide the others. */
    private GpuSample device(Nvml loaded, int index) {
        try {
            MemorySegment device = loaded.device(index);
            Nvml.Memory memory = loaded.memory(device);
            Gpu gpu = new Gpu(loaded.name(device), memory.used(), memory.total(), utilization(loaded, device));
            return new GpuSample(List.of(new Device(gpu, processes(loaded, device))), Optional.empty());
        } catch (NvmlException e) {
            return e.code() == NOT_FOUND
                    ? GpuSample.NONE
                    : GpuSample.troubled("NVIDIA GPU %d: %s".formatted(index, e.getMessage()));
        }
    }

    private static OptionalInt utilization(Nvml loaded, MemorySegment device) throws NvmlException {
        try {
            return OptionalInt.of(loaded.utilization(device));
        } catch (NvmlException e) {
            return unlessSupported(e, OptionalInt.empty());
        }
    }

    private Optional<Map<Integer, Long>> processes(Nvml loaded, MemorySegment device) throws NvmlException {
        try {
            return pids.ours(loaded.processes(device));
        } catch (NvmlException e) {
            return unlessSupported(e, Optional.empty());
        }
    }

    private static <T> T unlessSupported(NvmlException e, T missing) throws NvmlException {
        if (e.code() == Nvml.NOT_SUPPORTED) {
            return missing;
        }
        throw e;
    }
}
