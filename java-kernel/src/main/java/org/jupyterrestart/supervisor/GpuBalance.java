package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.jupyterrestart.resource.GpuSample;

/**
 * GPU memory after a stop against before it. Pure.
 *
 * @param isBack whether all that the app had is free again
 * @param returned bytes that came back
 * @param missing bytes that did not
 * @param missingOn of which devices, by their numbers from 0, where that is known
 */
record GpuBalance(boolean isBack, long returned, long missing, List<Integer> missingOn) {
    GpuBalance {
        missingOn = List.copyOf(missingOn);
    }

    GpuBalance(boolean isBack, long returned, long missing) {
        this(isBack, returned, missing, List.of());
    }

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
        List<Long> unowned = GpuBaseline.unowned(now, Set.copyOf(before.pids()));
        long missing = Math.max(0, GpuBaseline.sum(unowned) - before.unowned());
        boolean isBack = missing <= GpuBaseline.TOLERANCE;
        return new GpuBalance(
                isBack,
                Math.max(0, own.getAsLong() - missing),
                missing,
                isBack ? List.of() : grown(before.unownedByDevice(), unowned));
    }

    private static List<Integer> grown(List<Long> before, List<Long> now) {
        return IntStream.range(0, before.size() == now.size() ? now.size() : 0)
                .filter(device -> now.get(device) - before.get(device) > GpuBaseline.TOLERANCE)
                .boxed()
                .toList();
    }
}
