package org.jupyterrestart.resource;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The machine at one moment, in bytes; empty where it can't be known.
 *
 * @param gpuTrouble why a GPU could not be asked, for people
 */
public record Resources(
        Instant time,
        OptionalLong memoryUsed,
        OptionalLong memoryTotal,
        OptionalLong diskUsed,
        OptionalLong diskTotal,
        List<Gpu> gpus,
        Optional<String> gpuTrouble) {
    public Resources {
        gpus = List.copyOf(gpus);
    }

    /**
     * One GPU, as its driver names it.
     *
     * @param busyPercent of the last moment in which it computed; empty where its driver does not tell
     */
    public record Gpu(String name, long memoryUsed, long memoryTotal, OptionalInt busyPercent) {}
}
