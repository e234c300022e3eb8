package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.simulation.VirtualClock;

class MemoryReturnTest {
    private static final long MB = 1 << 20;

    private final VirtualClock clock = new VirtualClock();
    private final List<Long> givenAt = new ArrayList<>();
    private long resident = 60 * MB;
    private Duration cpuTime = Duration.ZERO;
    private long seq;

    private final class Memory implements MemoryReturn.Memory {
        @Override
        public long residentBytes() {
            return resident;
        }

        @Override
        public Duration cpuTime() {
            return cpuTime;
        }

        @Override
        public void giveBack() {
            givenAt.add(clock.now().nanos() / 1_000_000_000);
            resident = 30 * MB;
        }
    }

    private void start() {
        new MemoryReturn(new Memory(), clock, () -> seq).start();
    }

    private void pass(Duration time) {
        clock.advance(time, () -> {});
    }

    @Test
    void memoryGoesBackOnceTheServiceIsAtRestAfterItsStartAndAMinuteLater() {
        start();
        pass(Duration.ofHours(3));
        assertEquals(List.of(20L, 90L), givenAt);
    }

    @Test
    void nothingGoesBackWhileSomethingHappens() {
        start();
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(9));
            seq++;
        }
        assertEquals(List.of(), givenAt);
        pass(Duration.ofSeconds(20));
        assertEquals(List.of(110L), givenAt);
    }

    @Test
    void nothingGoesBackWhileTheServiceIsBusy() {
        start();
        for (int second = 0; second < 60; second++) {
            pass(Duration.ofSeconds(1));
            cpuTime = cpuTime.plusMillis(50);
        }
        assertEquals(List.of(), givenAt);
    }

    @Test
    void itGoesBackAgainOnlyWhereItHasGrownByFourMegabytes() {
        start();
        pass(Duration.ofMinutes(2));
        resident += 3 * MB;
        pass(Duration.ofHours(1));
        assertEquals(List.of(20L, 90L), givenAt);
        resident += MB;
        pass(Duration.ofMinutes(10));
        assertEquals(3, givenAt.size());
    }
}
