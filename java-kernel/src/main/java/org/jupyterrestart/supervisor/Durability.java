package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Brings to the disk what was written, off the loop thread: one fsync for all who ask within a moment. */
final class Durability {
    private static final Duration MOMENT = Duration.ofMillis(20);

    private final Ports ports;
    private final AtomicBoolean isAsked = new AtomicBoolean();

    Durability(Ports ports) {
        this.ports = ports;
    }

    /** A crash of the machine loses at most a moment of what was written before this call. */
    void soon() {
        if (isAsked.compareAndSet(false, true)) {
            ports.clock().after(MOMENT, () -> {
                isAsked.set(false);
                now();
            });
        }
    }

    /** Returns when it is done. */
    void now() {
        ports.store().sync();
        ports.events().sync();
    }
}
