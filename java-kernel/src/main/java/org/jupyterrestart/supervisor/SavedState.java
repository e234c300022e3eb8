package org.jupyterrestart.supervisor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.App;

/**
 * Everything that must survive the service.
 *
 * @param seq the last event when this was saved
 * @param untold the events that were to follow it: those behind {@code seq} that the log lacks were lost by a kill
 * @param storm empty where an older version saved this
 */
public record SavedState(List<App> apps, long seq, List<EventDraft> untold, Optional<Storm> storm) {
    public static final SavedState EMPTY = new SavedState(List.of(), 0, List.of(), Optional.empty());

    public SavedState {
        apps = List.copyOf(apps);
        untold = List.copyOf(untold);
    }

    /** The state after this change. */
    public SavedState with(SavedChange change) {
        List<App> others = apps.stream()
                .filter(app -> !app.name().equals(change.app().name()))
                .toList();
        List<App> all = Stream.concat(others.stream(), Stream.of(change.app()))
                .sorted(Comparator.comparing(App::name))
                .toList();
        return new SavedState(all, change.seq(), change.untold(), Optional.of(change.storm()));
    }

    /** What a log whose last event is {@code lastSeq} still lacks. */
    List<EventDraft> missing(long lastSeq) {
        long present = Math.clamp(lastSeq - seq, 0, untold.size());
        return untold.subList((int) present, untold.size());
    }
}
