package org.jupyterrestart.process;

import java.util.regex.Pattern;

/** Files by which processes use GPUs. */
public final class GpuDevices {
    /** {@code nvidiactl} and {@code nvidia-modeset} are open in tools that only ask. */
    private static final Pattern DEVICE =
            Pattern.compile("/dev/(nvidia\\d+|nvidia-uvm|nvidia-caps/nvidia-cap\\d+|kfd|dri/renderD\\d+)");

    private GpuDevices() {}

    /** {@code file} is what a descriptor stands for. */
    public static boolean isGpu(String file) {
        return DEVICE.matcher(file).matches();
    }
}
