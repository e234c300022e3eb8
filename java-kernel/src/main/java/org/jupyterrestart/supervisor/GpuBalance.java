package org.jupyterrestart.supervisor;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jupyterrestart.resource.GpuSample;
import org.jupyterrestart.resource.GpuSample.Device;

/**
 * GPU memory after a stop against before it. Pure.
 *
 * @param isBack whether all that the app had is free again
 * @param returned bytes that came back
 * @param missing bytes that did not
 */
record GpuBalance(boolean isBack, long returned, long missing) {
    /** What drivers round, and what contexts that come and go need. */
    static final long TOLERANCE = 64L << 20;

    /**
     * What was known of an app while it ran.
     *
     * @param pids of its tree
     */
    record Before(GpuSample sample, Set<Integer> pids) {
        Before {
            pids = Set.copyOf(pids);
        }

        /** Empty where the driver did not tell. */
        OptionalLong own() {
            return sample.of(pids);
        }
    }

    /**
     * The baseline is what nobody was known to have, on all devices together: so it does not matter what others take or
     * give back meanwhile. Where the driver does not tell who has what, memory is back when it no longer falls.
     *
     * @param lastUsed what was used at the look before this one
     */
    static GpuBalance of(Before before, OptionalLong lastUsed, GpuSample now) {
        if (now.devices().size() < before.sample().devices().size()) {
            return new GpuBalance(false, 0, before.own().orElse(0)); // its driver fails
        }
        OptionalLong own = before.own();
        if (own.isEmpty()
                || now.devices().stream()
                        .anyMatch(device -> device.memoryByPid().isEmpty())) {
            boolean isStill = lastUsed.isPresent() && now.used() >= lastUsed.getAsLong() - TOLERANCE;
            return new GpuBalance(isStill, Math.max(0, before.sample().used() - now.used()), 0);
        }
        long baseline = unowned(before.sample(), Set.of());
        long missing = Math.max(0, unowned(now, before.pids()) - baseline);
        return new GpuBalance(missing <= TOLERANCE, Math.max(0, own.getAsLong() - missing), missing);
    }

    /** What is used and not by others, where {@code gone} are processes that have ended. */
    private static long unowned(GpuSample sample, Set<Integer> gone) {
        return sample.devices().stream()
                .mapToLong(device -> device.gpu().memoryUsed() - ofOthers(device, gone))
                .sum();
    }

    private static long ofOthers(Device device, Set<Integer> gone) {
        return device.memoryByPid().orElseThrow().entrySet().stream()
                .filter(entry -> !gone.contains(entry.getKey()) && entry.getValue() != Device.UNTOLD)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
