package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class GpuDevicesTest {
    @Test
    void devicesThatAreComputedOnCount() {
        List<String> files = List.of(
                "/dev/nvidia0",
                "/dev/nvidia12",
                "/dev/nvidia-uvm",
                "/dev/nvidia-caps/nvidia-cap2",
                "/dev/kfd",
                "/dev/dri/renderD128");

        assertEquals(files, files.stream().filter(GpuDevices::isGpu).toList());
    }

    @Test
    void whatToolsOpenToAskDoesNot() {
        List<String> files =
                List.of("/dev/nvidiactl", "/dev/nvidia-modeset", "/dev/dri/card0", "/dev/null", "/tmp/dev/nvidia0");

        assertEquals(List.of(), files.stream().filter(GpuDevices::isGpu).toList());
    }
}
