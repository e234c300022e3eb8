package org.jupyterrestart.simulation;

import java.util.List;
import java.util.OptionalInt;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;

/** The servers behind a front: one serves, one may stand by, and takes over when that one ends. */
final class SimulatedServers {
    private int serving = 1;
    private int takeovers;

    OptionalInt serving() {
        return OptionalInt.of(serving);
    }

    /** Before the next one serves. */
    OptionalInt standby() {
        return OptionalInt.of(serving + 1);
    }

    void takeOver() {
        serving++;
        takeovers++;
    }

    /** Each is told once at most: a hello that nobody answered comes again, and one that was answered may. */
    void check(List<Event> told) {
        long crashes = told.stream()
                .filter(event ->
                        event.type() == EventType.APP_CRASHED && event.message().contains("stood by"))
                .count();
        if (crashes > takeovers) {
            throw new AssertionError("%d crashes are told of %d".formatted(crashes, takeovers));
        }
    }
}
