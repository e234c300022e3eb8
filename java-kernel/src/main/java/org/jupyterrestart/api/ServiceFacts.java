package org.jupyterrestart.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jupyterrestart.api.wire.Service;
import org.jupyterrestart.lifecycle.Now;

/** What the service knows of itself from its start on. */
public record ServiceFacts(int pid, String version, Now started) {
    Service at(Now now) {
        long uptime = Duration.ofNanos(now.nanos() - started.nanos()).toSeconds();
        return new Service(true, OptionalInt.of(pid), OptionalLong.of(uptime), Optional.of(version));
    }
}
