package org.jupyterrestart.supervisor;

import java.time.Duration;
import org.jupyterrestart.lifecycle.Now;

/** Time, as the loop sees it: the only source of it. */
public interface Clock {
    Now now();

    /** Time since the machine booted, also that for which it was suspended: nobody can set it. */
    Duration sinceBoot();

    /** Runs {@code task} on another thread once {@code delay} is over by the monotonic clock. */
    Cancellable after(Duration delay, Runnable task);

    /** A timer that can be called off; a late cancel is no error. */
    interface Cancellable {
        void cancel();
    }
}
