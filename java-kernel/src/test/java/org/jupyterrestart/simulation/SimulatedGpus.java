package org.jupyterrestart.simulation;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.resource.GpuMonitor;
import org.jupyterrestart.resource.GpuSample;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

/** A GPU, on which processes have what a test gives them, and maybe another one. */
final class SimulatedGpus implements GpuMonitor {
    private static final long TOTAL = 24L << 30;

    private final Map<Integer, Long> memoryByPid = new HashMap<>();
    private Optional<String> trouble = Optional.empty();
    private boolean isPresent = true;
    private boolean isTellingPids = true;
    private long unowned;
    private boolean hasIdleNeighbour;
    private int asked;

    void remove() {
        isPresent = false;
    }

    /** A first GPU that nobody uses is there, too. */
    void addIdleNeighbour() {
        hasIdleNeighbour = true;
    }

    /** Its driver fails. */
    void lose(String why) {
        trouble = Optional.of(why);
    }

    /** Its driver speaks of pids that mean nothing here. */
    void hidePids() {
        isTellingPids = false;
    }

    /** Zero takes the process from the GPU. */
    void give(int pid, long bytes) {
        if (bytes == 0) {
            memoryByPid.remove(pid);
        } else {
            memoryByPid.put(pid, bytes);
        }
    }

    long of(int pid) {
        return memoryByPid.getOrDefault(pid, 0L);
    }

    /** Memory that no process is known to have. */
    void add(long bytes) {
        unowned += bytes;
    }

    /** How often it was asked. */
    int asked() {
        return asked;
    }

    @Override
    public GpuSample sample() {
        asked++;
        if (!isPresent) {
            return GpuSample.NONE;
        }
        if (trouble.isPresent()) {
            return new GpuSample(List.of(), trouble);
        }
        long inUse = unowned
                + memoryByPid.values().stream().mapToLong(Long::longValue).sum();
        Gpu gpu = new Gpu("Simulated", inUse, TOTAL, OptionalInt.empty());
        Device used = new Device(gpu, isTellingPids ? Optional.of(memoryByPid) : Optional.empty());
        Device idle = new Device(new Gpu("Idle", 0, TOTAL, OptionalInt.empty()), Optional.of(Map.of()));
        return new GpuSample(hasIdleNeighbour ? List.of(idle, used) : List.of(used), Optional.empty());
    }

    @Override
    public Optional<GpuSample> sampleWithin(Duration time) {
        return Optional.of(sample());
    }

    @Override
    public GpuSample recent() {
        return sample();
    }

    @Override
    public boolean isAbsent() {
        return !isPresent;
    }
}
