package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jupyterrestart.lifecycle.Now;

/** The browser tabs that follow the events. One is forgotten some time after its poll is over: it may be reloading. */
final class Tabs {
    private static final Duration MEMORY = Duration.ofSeconds(15);

    private final Map<String, Long> knownUntil = new TreeMap<>();

    /** The tab waits for events, for {@code wait} at most. */
    void polls(String tab, Duration wait, Now now) {
        knownUntil.put(tab, now.nanos() + wait.plus(MEMORY).toNanos());
    }

    void gone(String tab) {
        knownUntil.remove(tab);
    }

    List<String> known(Now now) {
        knownUntil.values().removeIf(until -> now.nanos() - until > 0);
        return List.copyOf(knownUntil.keySet());
    }
}
