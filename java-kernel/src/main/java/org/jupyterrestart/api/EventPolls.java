package org.jupyterrestart.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.supervisor.Clock;

/** Answers clients that follow the event log by long polls, each with its own cursor. */
final class EventPolls {
    private final EventLog log;
    private final Clock clock;

    EventPolls(EventLog log, Clock clock) {
        this.log = log;
        this.clock = clock;
    }

    /**
     * What a client asks for.
     *
     * @param after its cursor: the last seq it knows; 0 for all that are kept
     * @param client the browser tab that asks
     */
    record EventQuery(
            long after, Duration timeout, int limit, Optional<String> app, boolean snapshot, Optional<String> client) {}

    /** Events up to a cursor; where none matched, the cursor is on its way all the same. */
    private record Page(List<Event> events, long cursor) {}

    /** @param snapshots asked once the wait is over, where the query wants one */
    Events poll(EventQuery query, SnapshotSource snapshots) throws ApiProblem, InterruptedException {
        check(query.after());
        long deadline = clock.now().nanos() + query.timeout().toNanos();
        Page page = read(query, new Page(List.of(), query.after()), log.lastSeq());
        long left = deadline - clock.now().nanos();
        while (page.events().isEmpty() && left > 0) {
            log.await(page.cursor(), Duration.ofNanos(left));
            page = read(query, page, log.lastSeq());
            left = deadline - clock.now().nanos();
        }
        if (!query.snapshot()) {
            return new Events(page.cursor(), log.oldestSeq(), page.events(), Optional.empty());
        }
        Snapshot snapshot = snapshots.take();
        // Both of one moment: what came between the wait and the snapshot comes along, what is behind it does not.
        Page whole = read(query, page, snapshot.seq());
        return new Events(whole.cursor(), log.oldestSeq(), whole.events(), Optional.of(snapshot));
    }

    /** Makes a snapshot of everything now. */
    @FunctionalInterface
    interface SnapshotSource {
        Snapshot take();
    }

    private void check(long after) throws ApiProblem {
        long oldest = log.oldestSeq();
        long last = log.lastSeq();
        if (after > last || (after > 0 && after < oldest - 1)) {
            throw new ApiProblem(
                    ProblemCode.UNKNOWN_SEQ,
                    "Seq %d is not in the event log, which has %d to %d. Take a new snapshot and go on from its seq."
                            .formatted(after, oldest, last));
        }
    }

    /** Goes on behind {@code from} until the limit or {@code last} is reached. */
    private Page read(EventQuery query, Page from, long last) {
        List<Event> matching = new ArrayList<>(from.events());
        long cursor = from.cursor();
        while (cursor < last && matching.size() < query.limit()) {
            List<Event> batch = log.since(cursor, query.limit() - matching.size()).stream()
                    .takeWhile(event -> event.seq() <= last)
                    .toList();
            batch.stream().filter(event -> isWanted(query, event)).forEach(matching::add);
            // An empty batch: the rest are events of a newer version, which this one skips.
            cursor = batch.isEmpty() ? last : batch.getLast().seq();
        }
        return new Page(matching, cursor);
    }

    private static boolean isWanted(EventQuery query, Event event) {
        return query.app().isEmpty() || query.app().equals(event.app());
    }
}
