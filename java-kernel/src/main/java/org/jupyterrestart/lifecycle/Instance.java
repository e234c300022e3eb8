package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * One run of an app's program.
 *
 * @param identity its main process
 * @param marker what every process of its tree carries in its environment; empty for one that we did not start
 * @param since when it was started, or first seen
 * @param ready when it became ready
 * @param remarks about its limits, since it became ready
 */
public record Instance(ProcessIdentity identity, String marker, Now since, Optional<Now> ready, List<Remark> remarks) {
    public Instance {
        remarks = List.copyOf(remarks);
    }

    public Instance(ProcessIdentity identity, String marker, Now since, Optional<Now> ready) {
        this(identity, marker, since, ready, List.of());
    }

    /** Never negative, though the monotonic clock of another boot may have been behind. */
    Duration age(Now now) {
        return Duration.ofNanos(Math.max(0, now.nanos() - since.nanos()));
    }

    /** Its program has been replaced by another image, in the same process. */
    Instance replacedAt(Now now) {
        return new Instance(identity, marker, since, Optional.of(now));
    }

    Instance readyAt(Now now) {
        return ready.isPresent() ? this : new Instance(identity, marker, since, Optional.of(now));
    }

    boolean has(Remark remark) {
        return remarks.contains(remark);
    }

    Instance with(Remark remark) {
        return has(remark)
                ? this
                : new Instance(
                        identity,
                        marker,
                        since,
                        ready,
                        Stream.concat(remarks.stream(), Stream.of(remark)).toList());
    }

    Instance without(Remark remark) {
        return new Instance(
                identity,
                marker,
                since,
                ready,
                remarks.stream().filter(other -> !other.equals(remark)).toList());
    }
}
