package org.jupyterrestart.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jupyterrestart.resource.ResourceSampler;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Clock;

/** The machine over the last hour, sampled by itself from the start on. */
public final class ResourceRing {
    private static final Duration KEPT = Duration.ofHours(1);

    private final ResourceSampler sampler;
    private final Clock clock;
    private final Duration period;
    private final CompletableFuture<Resources> first = new CompletableFuture<>();

    /** Guards {@code samples}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Deque<Resources> samples = new ArrayDeque<>();

    public ResourceRing(ResourceSampler sampler, Clock clock, Duration period) {
        this.sampler = sampler;
        this.clock = clock;
        this.period = period;
    }

    /** Samples now, on another thread, and each period from then on. */
    public void start() {
        clock.after(Duration.ZERO, this::sample);
    }

    private void sample() {
        try {
            Resources now = sampler.sample();
            lock.lock();
            try {
                samples.addLast(now);
                while (samples.getFirst().time().isBefore(now.time().minus(KEPT))) {
                    samples.removeFirst();
                }
            } finally {
                lock.unlock();
            }
            first.complete(now);
        } catch (RuntimeException e) {
            first.completeExceptionally(e);
            throw e;
        } finally {
            clock.after(period, this::sample);
        }
    }

    /** The last sample; waits for the first one right after the start. */
    public Resources latest() {
        Resources one = first.join();
        lock.lock();
        try {
            return samples.isEmpty() ? one : samples.getLast();
        } finally {
            lock.unlock();
        }
    }

    /** Samples after {@code time}, oldest first. */
    List<Resources> since(Instant time) {
        lock.lock();
        try {
            return samples.stream()
                    .filter(sample -> sample.time().isAfter(time))
                    .toList();
        } finally {
            lock.unlock();
        }
    }
}
