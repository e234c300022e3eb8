package org.jupyterrestart.supervisor;

import java.util.OptionalLong;
import java.util.Set;
import org.jupyterrestart.resource.GpuSample;

/**
 * GPU memory after a stop against before it. Pure.
 *
 * @param isBack whether all that the app had is free again
 * @param returned bytes that came back
 * @param missing bytes that did not
 */
record GpuBalance(boolean isBack, long returned, long missing) {
    /**
     * The baseline is what nobody was known to have, on all devices together: so it does not matter what others take or
     * give back meanwhile. Where the driver does not tell who has what, memory is back when it no longer falls.
     *
     * @param lastUsed what was used at the look before this one
     */
    static GpuBalance of(GpuBaseline before, OptionalLong lastUsed, GpuSample now) {
        if (now.devices().size() < before.devices()) {
            return new GpuBalance(false, 0, before.own().orElse(0)); // its driver fails
        }
        OptionalLong own = before.own();
        if (own.isEmpty()
                || now.devices().stream()
                        .anyMatch(device -> device.memoryByPid().isEmpty())) {
            boolean isStill = lastUsed.isPresent() && now.used() >= lastUsed.getAsLong() - GpuBaseline.TOLERANCE;
            return new GpuBalance(isStill, Math.max(0, before.used() - now.used()), 0);
        }
        long missing = Math.max(0, GpuBaseline.unowned(now, Set.copyOf(before.pids())) - before.unowned());
        return new GpuBalance(missing <= GpuBaseline.TOLERANCE, Math.max(0, own.getAsLong() - missing), missing);
    }
}
