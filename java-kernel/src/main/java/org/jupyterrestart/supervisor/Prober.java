package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.util.Optional;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.process.ProcessIdentity;

/** Checks the health of running apps, on threads of its own. */
public interface Prober {
    /** Believes every app to be ready and well. */
    Prober TRUSTING = new Prober() {
        @Override
        public void start(Subject subject, Listener listener) {
            listener.ready();
        }

        @Override
        public void stop(String app) {}
    };

    /** Checks until {@link #stop}, in place of an earlier check of the same app; goes on where the subject is the same. */
    void start(Subject subject, Listener listener);

    void stop(String app);

    /**
     * What is checked.
     *
     * @param mark what its processes carry in their environment; empty where they carry none
     * @param program how it was started, whose directory and environment commands share
     * @param output where it writes to, if the service started it
     * @param isReady whether it was ready already
     */
    record Subject(
            String app,
            ProcessIdentity identity,
            String mark,
            Optional<Program> program,
            Path output,
            ProbeSpec spec,
            boolean isReady) {}

    /** Who hears of an app's health; any thread may call. */
    interface Listener {
        /** The first good answer, and the first after it was unhealthy. */
        void ready();

        /** As many bad answers in a row as the spec allows; called again after each so many more. */
        void unhealthy(String why);

        /** Its program was replaced in the same process: all that it had in memory is gone. */
        void renewed();
    }
}
