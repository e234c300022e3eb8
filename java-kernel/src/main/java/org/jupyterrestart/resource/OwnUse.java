package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/** What the service itself takes of the machine. */
public record OwnUse(Duration cpu, OptionalLong residentBytes, Instant started) {
    private static final Path STATUS = Path.of("/proc/self/status");

    public static OwnUse now() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        return new OwnUse(
                info.totalCpuDuration().orElse(Duration.ZERO),
                residentNow(),
                info.startInstant().orElse(Instant.EPOCH));
    }

    private static OptionalLong residentNow() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst();
        } catch (IOException _) {
            return OptionalLong.empty();
        }
    }
}
