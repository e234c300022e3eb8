package org.jupyterrestart.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventLog;

/** An event log in memory, which outlives the service. */
final class SimulatedLog implements EventLog {
    private final List<Event> events = new ArrayList<>();
    private final Death death;
    private Runnable onAwait = () -> {};

    SimulatedLog(Death death) {
        this.death = death;
    }

    /** What happens while someone waits. */
    void onAwait(Runnable task) {
        onAwait = task;
    }

    List<Event> all() {
        return events;
    }

    @Override
    public Event append(EventDraft draft) {
        death.point();
        Event event = draft.withSeq(events.size() + 1L);
        events.add(event);
        death.point();
        return event;
    }

    @Override
    public long lastSeq() {
        return events.size();
    }

    @Override
    public long oldestSeq() {
        return 1;
    }

    @Override
    public List<Event> since(long after, int limit) {
        return events.stream().skip(after).limit(limit).toList();
    }

    @Override
    public void await(long after, Duration timeout) {
        onAwait.run();
    }

    @Override
    public void sync() {
        death.point();
    }
}
