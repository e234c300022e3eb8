package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.GpuSample;
import org.jupyterrestart.resource.GpuSample.Device;

/**
 * What was known of an app's GPU memory while it ran: what is to be back after its end. A value, which is saved: the
 * service that stops an app may not be the one that starts it again.
 *
 * @param identity its main process
 * @param devices how many there were
 * @param used on all of them together, in bytes, by whomever
 * @param own what its tree had; empty where the driver did not tell
 * @param unowned what nobody was known to have, where {@code own} is told
 * @param unownedByDevice the same on each of them; empty where it was saved by an earlier version
 * @param pids of its tree
 */
public record GpuBaseline(
        ProcessIdentity identity,
        int devices,
        long used,
        OptionalLong own,
        long unowned,
        List<Long> unownedByDevice,
        List<Integer> pids) {
    /** What changes by less than drivers round, and contexts that come and go need, has not changed. */
    static final long TOLERANCE = 64L << 20;

    public GpuBaseline {
        unownedByDevice = unownedByDevice == null ? List.of() : List.copyOf(unownedByDevice);
        pids = List.copyOf(pids);
    }

    static GpuBaseline of(ProcessIdentity identity, GpuSample sample, Set<Integer> pids) {
        OptionalLong own = sample.of(pids);
        List<Long> unowned = own.isPresent() ? unowned(sample, Set.of()) : List.of();
        return new GpuBaseline(
                identity,
                sample.devices().size(),
                sample.used(),
                own,
                sum(unowned),
                unowned,
                pids.stream().sorted().toList());
    }

    /** Whether it says the same, for all that it is needed for. */
    boolean isLike(GpuBaseline other) {
        return identity.equals(other.identity)
                && devices == other.devices
                && pids.equals(other.pids)
                && own.isPresent() == other.own.isPresent()
                && isNear(own.orElse(0), other.own.orElse(0))
                && isNear(used, other.used)
                && isNear(unowned, other.unowned);
    }

    private static boolean isNear(long one, long other) {
        return Math.abs(one - other) <= TOLERANCE;
    }

    /** What is used on each device and not by others, where {@code gone} are processes that have ended. */
    static List<Long> unowned(GpuSample sample, Set<Integer> gone) {
        return sample.devices().stream()
                .map(device -> device.gpu().memoryUsed() - ofOthers(device, gone))
                .toList();
    }

    static long sum(List<Long> ofDevices) {
        return ofDevices.stream().mapToLong(Long::longValue).sum();
    }

    private static long ofOthers(Device device, Set<Integer> gone) {
        return device.memoryByPid().orElseThrow().entrySet().stream()
                .filter(entry -> !gone.contains(entry.getKey()) && entry.getValue() != Device.UNTOLD)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
