package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

class GpuSampleTest {
    private static Device device(Map<Integer, Long> memoryByPid) {
        return new Device(new Gpu("GPU", 100, 1_000, OptionalInt.empty()), Optional.of(memoryByPid));
    }

    private static GpuSample of(Device... devices) {
        return new GpuSample(List.of(devices), Optional.empty());
    }

    @Test
    void memoryOfATreeIsThatOfAllItsProcessesOnAllDevices() {
        GpuSample sample = of(device(Map.of(1, 10L, 2, 20L)), device(Map.of(1, 5L, 3, 40L)));

        assertEquals(OptionalLong.of(35), sample.of(Set.of(1, 2)));
        assertEquals(OptionalLong.of(0), sample.of(Set.of(9)));
        assertEquals(200, sample.used());
    }

    @Test
    void whatOneDeviceDoesNotTellIsNotKnown() {
        Device silent = new Device(new Gpu("GPU", 100, 1_000, OptionalInt.empty()), Optional.empty());

        assertEquals(OptionalLong.empty(), of(device(Map.of(1, 10L)), silent).of(Set.of(1)));
        assertEquals(OptionalLong.empty(), of(device(Map.of(1, Device.UNTOLD))).of(Set.of(1)));
        assertEquals(OptionalLong.empty(), GpuSample.NONE.of(Set.of(1)));
    }

    @Test
    void troublesAreToldTogether() {
        assertEquals(
                new GpuSample(List.of(), Optional.of("a; b")),
                GpuSample.troubled("a").and(GpuSample.troubled("b")));
    }
}
