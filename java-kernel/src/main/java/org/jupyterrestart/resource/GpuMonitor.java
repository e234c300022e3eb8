package org.jupyterrestart.resource;

import java.time.Duration;
import java.util.Optional;

/** The GPUs of this machine and their memory, now. Called off the loop thread: a driver may take seconds to answer. */
public interface GpuMonitor {
    /** A machine without a GPU. */
    GpuMonitor NONE = new GpuMonitor() {
        @Override
        public GpuSample sample() {
            return GpuSample.NONE;
        }

        @Override
        public Optional<GpuSample> sampleWithin(Duration time) {
            return Optional.of(GpuSample.NONE);
        }

        @Override
        public GpuSample recent() {
            return GpuSample.NONE;
        }

        @Override
        public boolean isAbsent() {
            return true;
        }
    };

    /** No GPU is a normal answer, and a driver that fails is one too: see {@link GpuSample#trouble}. */
    GpuSample sample();

    /** Likewise; empty where the driver needs longer. */
    Optional<GpuSample> sampleWithin(Duration time);

    /** As {@link #sample}, but waits no longer than a person would: the one before, where there is no answer by then. */
    GpuSample recent();

    /**
     * Whether the last look found no GPU, and no driver that could not answer, and no driver was loaded since. Asks
     * none; false before the first look.
     */
    boolean isAbsent();
}
