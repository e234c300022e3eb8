package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jupyterrestart.lifecycle.Now;

/** The browser tabs that follow the events. One is forgotten some time after its last poll: it may be reloading. */
final class Tabs {
    private static final Duration MEMORY = Duration.ofSeconds(40);

    private final Map<String, Long> lastSeen = new TreeMap<>();

    void seen(String tab, Now now) {
        lastSeen.put(tab, now.nanos());
    }

    void gone(String tab) {
        lastSeen.remove(tab);
    }

    List<String> known(Now now) {
        lastSeen.values().removeIf(seen -> now.nanos() - seen > MEMORY.toNanos());
        return List.copyOf(lastSeen.keySet());
    }
}
