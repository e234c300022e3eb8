package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.resource.UnmeasuredSampler;
import org.jupyterrestart.simulation.VirtualClock;

class ResourceRingTest {
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final VirtualClock clock = new VirtualClock();
    private final CountingSampler sampler = new CountingSampler();
    private final ResourceRing ring = new ResourceRing(sampler, clock, () -> PERIOD);

    @Test
    void nothingIsSampledBeforeSomeoneLooks() {
        pass(Duration.ofMinutes(10));
        assertEquals(0, sampler.count);
    }

    @Test
    void whoLooksAgainWithinThePeriodGetsTheSameSample() {
        Resources first = ring.latest();
        pass(Duration.ofSeconds(4));
        assertEquals(first, ring.latest());
        assertEquals(1, sampler.count);
    }

    @Test
    void samplingGoesOnForAWhileAndThenEnds() {
        ring.latest();
        pass(Duration.ofSeconds(30));
        assertEquals(6, sampler.count);
        pass(Duration.ofHours(1));
        assertEquals(6, sampler.count);
        assertEquals(clock.now().wall(), ring.latest().time());
    }

    @Test
    void anHourIsKept() {
        for (int minute = 0; minute < 90; minute++) {
            ring.latest();
            pass(Duration.ofMinutes(1));
        }
        List<Resources> kept = ring.since(Instant.MIN);
        assertEquals(clock.now().wall(), kept.getLast().time());
        assertEquals(
                clock.now().wall().minus(Duration.ofHours(1)), kept.getFirst().time());
    }

    private void pass(Duration time) {
        clock.advance(time, () -> {});
    }

    private final class CountingSampler extends UnmeasuredSampler {
        private int count;

        @Override
        public Resources sample() {
            count++;
            return new Resources(
                    clock.now().wall(),
                    OptionalLong.of(count),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    List.of(),
                    Optional.empty());
        }
    }
}
