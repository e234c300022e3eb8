package org.jupyterrestart.event;

import java.time.Duration;
import java.util.List;

/**
 * The one history of everything: append-only, gapless. Only the loop thread appends; any thread reads and waits.
 */
public interface EventLog {
    /** What is to be recorded; the log gives it its seq and returns the whole. */
    Event append(EventDraft draft);

    /** The seq of the last event; 0 before the first. */
    long lastSeq();

    /** The oldest seq still kept; 1 before the first event. */
    long oldestSeq();

    /** Events with a seq above {@code after}, oldest first, at most {@code limit}. */
    List<Event> since(long after, int limit);

    /** Waits until {@link #lastSeq} is above {@code after} or the time is over. */
    void await(long after, Duration timeout) throws InterruptedException;

    /** Everything appended so far is on the disk when this returns. Any thread may call it. */
    void sync();
}
