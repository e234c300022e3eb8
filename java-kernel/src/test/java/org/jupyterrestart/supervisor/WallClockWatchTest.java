package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.process.BootTime;
import org.jupyterrestart.simulation.VirtualClock;

class WallClockWatchTest {
    private final VirtualClock clock = new VirtualClock();
    private final WallClockWatch watch = new WallClockWatch(clock);

    @Test
    void timeThatPassesAndSleepAreNoChange() {
        clock.advance(Duration.ofDays(3), () -> {});
        clock.suspend(Duration.ofDays(3));
        assertEquals(Optional.empty(), watch.change());
    }

    @Test
    void changeIsToldOnceInBothDirections() {
        clock.jump(Duration.ofHours(5));
        assertEquals(Optional.of(Duration.ofHours(5)), watch.change());
        assertEquals(Optional.empty(), watch.change());
        clock.jump(Duration.ofHours(-7));
        assertEquals(Optional.of(Duration.ofHours(-7)), watch.change());
    }

    @Test
    void smallChangesAddUp() {
        clock.jump(Duration.ofMillis(600));
        assertEquals(Optional.empty(), watch.change());
        clock.jump(Duration.ofMillis(600));
        assertEquals(Optional.of(Duration.ofMillis(1_200)), watch.change());
    }

    /** Against the kernel's own words, which are cut off after hundredths. */
    @Test
    void theMachinesBootTimeIsThatOfTheKernel() throws IOException {
        Duration before = BootTime.passed();
        String[] uptime = Files.readString(Path.of("/proc/uptime")).split(" ");
        Duration kernel = Duration.ofMillis(Math.round(Double.parseDouble(uptime[0]) * 1_000));
        Duration after = BootTime.passed();
        assertTrue(
                !kernel.plusMillis(10).minus(before).isNegative()
                        && !after.minus(kernel).isNegative(),
                "%s is not between %s and %s".formatted(kernel, before, after));
    }
}
