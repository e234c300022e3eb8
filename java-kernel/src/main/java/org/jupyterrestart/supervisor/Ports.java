package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.util.Map;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.resource.GpuMonitor;
import org.jupyterrestart.resource.ResourceSampler;
import org.jupyterrestart.workload.Workload;

/**
 * The world around the supervisor.
 *
 * @param home the service's state folder: outputs of apps go below it, and it tells our markers from another service's
 * @param environment the service's own, which started apps inherit
 */
public record Ports(
        ProcessControl processes,
        EventLog events,
        ResourceSampler sampler,
        GpuMonitor gpus,
        Clock clock,
        StateStore store,
        Prober prober,
        HookRunner hooks,
        Workload workload,
        Path home,
        Map<String, String> environment) {
    public Ports {
        environment = Map.copyOf(environment);
    }
}
