package org.jupyterrestart.resource;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/** The machine at one moment, in bytes; empty where it can't be known. */
public record Resources(
        Instant time,
        OptionalLong memoryUsed,
        OptionalLong memoryTotal,
        OptionalLong diskUsed,
        OptionalLong diskTotal,
        List<Gpu> gpus) {
    public Resources {
        gpus = List.copyOf(gpus);
    }

    /** One GPU, as its driver names it. */
    public record Gpu(String name, long memoryUsed, long memoryTotal) {}
}
