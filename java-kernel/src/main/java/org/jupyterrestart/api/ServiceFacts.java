package org.jupyterrestart.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jupyterrestart.api.wire.Service;
import org.jupyterrestart.lifecycle.Now;

/**
 * What the service knows of itself from its start on.
 *
 * @param weakerPromises what holds less than it should on this machine, in words for people
 */
public record ServiceFacts(int pid, String version, Now started, Optional<String> weakerPromises) {
    Service at(Now now) {
        long uptime = Duration.ofNanos(now.nanos() - started.nanos()).toSeconds();
        return new Service(true, OptionalInt.of(pid), OptionalLong.of(uptime), Optional.of(version), weakerPromises);
    }
}
