package org.jupyterrestart.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jupyterrestart.resource.ResourceSampler;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Clock;

/** The machine over the last hour, sampled each period while someone looks, and not at all while nobody does. */
public final class ResourceRing {
    private static final Duration KEPT = Duration.ofHours(1);

    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    private final ResourceSampler sampler;
    private final Clock clock;
    private final Supplier<Duration> period;

    /** Guards all below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Deque<Resources> samples = new ArrayDeque<>();
    private long lastLook;
    private long lastSample;
    private boolean isSampling;

    public ResourceRing(ResourceSampler sampler, Clock clock, Supplier<Duration> period) {
        this.sampler = sampler;
        this.clock = clock;
        this.period = period;
    }

    /** A sample that is no older than the period, taken now if need be. */
    public Resources latest() {
        lock.lock();
        try {
            look();
            return samples.getLast();
        } finally {
            lock.unlock();
        }
    }

    /** Samples after {@code time}, oldest first. */
    List<Resources> since(Instant time) {
        lock.lock();
        try {
            look();
            return samples.stream()
                    .filter(sample -> sample.time().isAfter(time))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        lastLook = clock.now().nanos();
        if (samples.isEmpty() || lastLook - lastSample >= period.get().toNanos()) {
            sample();
        }
        if (!isSampling) {
            isSampling = true;
            clock.after(period.get(), this::sampleAgain);
        }
    }

    private void sampleAgain() {
        lock.lock();
        try {
            isSampling = clock.now().nanos() - lastLook < INTEREST.toNanos();
            if (isSampling) {
                clock.after(period.get(), this::sampleAgain);
                sample();
            }
        } finally {
            lock.unlock();
        }
    }

    private void sample() {
        lastSample = clock.now().nanos();
        Resources now = sampler.sample();
        samples.addLast(now);
        while (samples.getFirst().time().isBefore(now.time().minus(KEPT))) {
            samples.removeFirst();
        }
    }
}
