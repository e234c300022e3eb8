package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StormTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private Storm storm = Storm.NONE;

    /** Whether that is when it begins. */
    private boolean begins(boolean isRepeated, long nanos) {
        boolean wasOn = storm.isOn();
        storm = storm.started(Storm.USUAL, isRepeated, nanos);
        return storm.isOn() && !wasOn;
    }

    private Duration pause(long nanos) {
        return storm.pause(Storm.USUAL, nanos);
    }

    private boolean isOverAt(long nanos) {
        storm = storm.look(Storm.USUAL, nanos);
        return !storm.isOn();
    }

    private void rage() {
        for (int i = 0; i < 250; i++) {
            begins(true, i * SECOND / 10);
        }
    }

    @Test
    void thousandAppsThatDieAtOnceAreNoStorm() {
        for (int app = 0; app < 1_000; app++) {
            assertFalse(begins(false, SECOND));
            assertEquals(Duration.ZERO, pause(SECOND));
        }
    }

    @Test
    void oneAppThatCrashesEachSecondIsNoStorm() {
        for (int second = 0; second < 600; second++) {
            assertFalse(begins(true, second * SECOND));
        }
    }

    @Test
    void moreRepeatedCrashesThanTheLimitWithinAMinuteAreOneAndItIsSaidOnce() {
        int begun = 0;
        for (int i = 0; i < 500; i++) {
            begun += begins(true, i * SECOND / 10) ? 1 : 0;
        }
        assertEquals(1, begun);
        assertEquals(Duration.ofMillis(500), pause(499 * SECOND / 10));
    }

    @Test
    void stormInWhichEverythingCrashesAgainGoesOn() {
        rage();
        for (int half = 50; half < 1_000; half++) {
            begins(true, half * SECOND / 2);
            assertFalse(isOverAt(half * SECOND / 2));
        }
    }

    @Test
    void stormHealsByItself() {
        rage();
        assertFalse(isOverAt(30 * SECOND));
        assertTrue(isOverAt(90 * SECOND));
        assertEquals(Duration.ZERO, pause(90 * SECOND));
    }

    @Test
    void nextServiceGoesOnWithItAndAnotherBootForgetsWhatLiesAhead() {
        rage();
        assertEquals(storm, storm.at(250 * SECOND / 10));
        assertEquals(new Storm(true, List.of(), 0), storm.at(0).at(-1));
    }
}
