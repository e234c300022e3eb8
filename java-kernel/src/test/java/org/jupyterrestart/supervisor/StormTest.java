package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.supervisor.Storm.Change;

class StormTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Storm storm = new Storm(Storm.USUAL);

    @Test
    void thousandAppsThatDieAtOnceAreNoStorm() {
        for (int app = 0; app < 1_000; app++) {
            assertEquals(Change.NONE, storm.started(false, SECOND));
            assertEquals(Duration.ZERO, storm.pause(SECOND));
        }
    }

    @Test
    void oneAppThatCrashesEachSecondIsNoStorm() {
        for (int second = 0; second < 600; second++) {
            assertEquals(Change.NONE, storm.started(true, second * SECOND));
        }
    }

    @Test
    void moreRepeatedCrashesThanTheLimitWithinAMinuteAreOneAndItIsSaidOnce() {
        long begun = IntStream.range(0, 500)
                .filter(i -> storm.started(true, i * SECOND / 10) == Change.BEGUN)
                .count();
        assertEquals(1, begun);
        assertTrue(storm.isOn());
        assertEquals(Duration.ofMillis(500), storm.pause(499 * SECOND / 10));
    }

    @Test
    void stormInWhichEverythingCrashesAgainGoesOn() {
        IntStream.range(0, 250).forEach(i -> storm.started(true, i * SECOND / 10));
        for (int half = 50; half < 1_000; half++) {
            storm.started(true, half * SECOND / 2);
            assertEquals(Change.NONE, storm.look(half * SECOND / 2));
        }
    }

    @Test
    void stormHealsByItself() {
        IntStream.range(0, 250).forEach(i -> storm.started(true, i * SECOND / 10));
        assertEquals(Change.NONE, storm.look(30 * SECOND));
        assertEquals(Change.OVER, storm.look(90 * SECOND));
        assertFalse(storm.isOn());
        assertEquals(Duration.ZERO, storm.pause(90 * SECOND));
    }
}
