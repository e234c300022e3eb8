package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells when someone has set the wall clock. Time that merely passed, suspended or not, also passed since the boot.
 * On the loop.
 */
final class WallClockWatch {
    /** Below this it is noise; it adds up until it is more. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    /** Who was held up for longer between two looks at clocks knows nothing about them. */
    private static final Duration SLOW = Duration.ofMillis(100);

    private final Clock clock;
    private Instant boot;

    WallClockWatch(Clock clock) {
        this.clock = clock;
        boot = look().boot();
    }

    /** By how much the wall clock was set since this was asked last, forward or, negative, back. */
    Optional<Duration> change() {
        Look look = look();
        Duration by = Duration.between(boot, look.boot());
        if (look.lasted().compareTo(SLOW) > 0 || by.abs().compareTo(LEAST) < 0) {
            return Optional.empty();
        }
        boot = look.boot();
        return Optional.of(by);
    }

    /** @param boot when the machine booted, by the wall clock as it is set now */
    private record Look(Instant boot, Duration lasted) {}

    private Look look() {
        Duration before = clock.sinceBoot();
        Instant wall = clock.now().wall();
        return new Look(wall.minus(before), clock.sinceBoot().minus(before));
    }
}
