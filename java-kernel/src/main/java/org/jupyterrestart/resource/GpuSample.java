package org.jupyterrestart.resource;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jupyterrestart.resource.Resources.Gpu;

/**
 * All GPUs at one moment.
 *
 * @param trouble why not everything could be asked, for people: a driver that fails is not a machine without a GPU
 */
public record GpuSample(List<Device> devices, Optional<String> trouble) {
    /** A machine without a GPU. */
    public static final GpuSample NONE = new GpuSample(List.of(), Optional.empty());

    public GpuSample {
        devices = List.copyOf(devices);
    }

    /**
     * One GPU.
     *
     * @param memoryByPid bytes by process; empty where the driver does not tell, which is not the same as no process.
     *     A process whose memory it does not tell is {@link #UNTOLD}
     */
    public record Device(Gpu gpu, Optional<Map<Integer, Long>> memoryByPid) {
        /** In place of bytes, where a driver names a process and not its memory. */
        public static final long UNTOLD = -1;

        public Device {
            memoryByPid = memoryByPid.map(Map::copyOf);
        }
    }

    static GpuSample troubled(String why) {
        return new GpuSample(List.of(), Optional.of(why));
    }

    /** These devices and those. */
    GpuSample and(GpuSample more) {
        return new GpuSample(
                Stream.concat(devices.stream(), more.devices.stream()).toList(),
                Stream.of(trouble, more.trouble)
                        .flatMap(Optional::stream)
                        .reduce((first, second) -> first + "; " + second));
    }

    public List<Gpu> gpus() {
        return devices.stream().map(Device::gpu).toList();
    }

    /** Whom drivers name, in order. */
    public List<Integer> pids() {
        return devices.stream()
                .flatMap(device -> device.memoryByPid().stream())
                .flatMap(memory -> memory.keySet().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** Memory in use on all devices together, in bytes. */
    public long used() {
        return devices.stream().mapToLong(device -> device.gpu().memoryUsed()).sum();
    }

    /**
     * Memory of these processes on all devices together, in bytes; empty where it is not told of one of them, or of a
     * whole device.
     */
    public OptionalLong of(Set<Integer> pids) {
        if (devices.isEmpty()
                || devices.stream().anyMatch(device -> device.memoryByPid().isEmpty())) {
            return OptionalLong.empty();
        }
        List<Long> told = devices.stream()
                .flatMap(device -> device.memoryByPid().orElseThrow().entrySet().stream())
                .filter(entry -> pids.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .toList();
        return told.contains(Device.UNTOLD)
                ? OptionalLong.empty()
                : OptionalLong.of(told.stream().mapToLong(Long::longValue).sum());
    }
}
