package org.jupyterrestart.lifecycle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A restart under way.
 *
 * @param id names it in every event of it
 * @param isUrgent whether running work is interrupted, to be run again
 * @param saved documents that browser tabs saved for it
 * @param unsaved those that they could not save
 * @param kept what the replaced app says it carried over; empty before its hello
 */
public record RestartRun(
        String id,
        Reason reason,
        boolean isUrgent,
        Now begun,
        List<String> saved,
        List<Unsaved> unsaved,
        Map<String, Object> kept) {
    public RestartRun {
        saved = List.copyOf(saved);
        unsaved = List.copyOf(unsaved);
        // Unlike Map.copyOf it keeps the order: the same event is the same line in each run.
        kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
    }

    /** A document that could not be saved, and why. */
    public record Unsaved(String path, String why) {}

    static RestartRun begin(String id, Reason reason, Now now) {
        return new RestartRun(id, reason, false, now, List.of(), List.of(), Map.of());
    }

    RestartRun with(List<String> moreSaved, List<Unsaved> moreUnsaved) {
        return new RestartRun(
                id,
                reason,
                isUrgent,
                begun,
                // Two tabs may show the same document.
                Stream.concat(saved.stream(), moreSaved.stream()).distinct().toList(),
                Stream.concat(unsaved.stream(), moreUnsaved.stream()).distinct().toList(),
                kept);
    }

    RestartRun keeping(Map<String, Object> carriedOver) {
        return new RestartRun(id, reason, isUrgent, begun, saved, unsaved, carriedOver);
    }

    RestartRun urgent() {
        return new RestartRun(id, reason, true, begun, saved, unsaved, kept);
    }
}
