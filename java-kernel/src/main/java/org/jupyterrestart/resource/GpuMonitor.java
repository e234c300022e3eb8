package org.jupyterrestart.resource;

import java.util.List;
import org.jupyterrestart.resource.Resources.Gpu;

/** The GPUs of this machine and their memory, now. */
@FunctionalInterface
public interface GpuMonitor {
    /** A machine whose GPUs, if it has any, can't be measured. */
    GpuMonitor NONE = List::of;

    List<Gpu> sample();
}
