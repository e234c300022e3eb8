package org.jupyterrestart.api;

import static java.util.Comparator.comparing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;

/** Counts what the event log tells since the service began, when someone asks. */
final class RestartTally {
    private static final int PAGE = 1000;

    private final EventLog events;

    /** Guards all below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Key, Counts> counts =
            new TreeMap<>(comparing(Key::type).thenComparing(Key::app).thenComparing(Key::reason));

    private long seen;

    RestartTally(EventLog events) {
        this.events = events;
        seen = events.lastSeq();
    }

    /** {@code reason} is empty outside a restart. */
    record Key(EventType type, String app, String reason) {}

    record Counts(long count, double seconds) {
        Counts plus(double more) {
            return new Counts(count + 1, seconds + more);
        }
    }

    Map<Key, Counts> now() {
        lock.lock();
        try {
            for (List<Event> page = page(); !page.isEmpty(); page = page()) {
                page.forEach(this::count);
                seen = page.getLast().seq();
            }
            return new LinkedHashMap<>(counts);
        } finally {
            lock.unlock();
        }
    }

    private List<Event> page() {
        return events.since(Math.max(seen, events.oldestSeq() - 1), PAGE);
    }

    private void count(Event event) {
        event.app().ifPresent(app -> {
            Key key = new Key(
                    event.type(), app, event.reason().map(Reason::wireName).orElse(""));
            double seconds = event.data().get("duration_s") instanceof Number number ? number.doubleValue() : 0;
            counts.put(key, counts.getOrDefault(key, new Counts(0, 0)).plus(seconds));
        });
    }
}
