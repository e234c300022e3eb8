package org.jupyterrestart.supervisor;

import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.process.ProcessIdentity;

/** Checks the health of running apps, on threads of its own. */
public interface Prober {
    /** Believes every app to be ready and well. */
    Prober TRUSTING = new Prober() {
        @Override
        public void start(String app, ProcessIdentity identity, ProbeSpec spec, Listener listener) {
            listener.ready();
        }

        @Override
        public void stop(String app) {}
    };

    /** Checks until {@link #stop}, in place of an earlier check of the same app. */
    void start(String app, ProcessIdentity identity, ProbeSpec spec, Listener listener);

    void stop(String app);

    /** Who hears of an app's health; any thread may call. */
    interface Listener {
        /** The first good answer. */
        void ready();

        /** As many bad answers in a row as the spec allows. */
        void unhealthy(String why);
    }
}
