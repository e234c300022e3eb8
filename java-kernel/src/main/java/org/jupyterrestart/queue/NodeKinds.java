package org.jupyterrestart.queue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The kinds of nodes that a run of ComfyUI has, and those that are gone since the run before: their custom nodes failed
 * to be imported, or were removed. Pure.
 *
 * @param run the run that was looked at last; empty before the first
 * @param names what it has
 * @param gone what only the one before it had
 */
record NodeKinds(String run, List<String> names, List<String> gone) {
    static final NodeKinds NONE = new NodeKinds("", List.of(), List.of());

    /** More names are not read by anybody; all are in the event's data. */
    private static final int SHOWN = 5;

    NodeKinds {
        names = List.copyOf(names);
        gone = List.copyOf(gone);
    }

    NodeKinds in(String newRun, Set<String> newNames) {
        Set<String> missing = new TreeSet<>(names);
        missing.removeAll(newNames);
        return new NodeKinds(newRun, new TreeSet<>(newNames).stream().toList(), List.copyOf(missing));
    }

    /** For people; of no use where none is gone. */
    String told() {
        String shown = String.join(", ", gone.subList(0, Math.min(SHOWN, gone.size())));
        String more = gone.size() > SHOWN ? " and %d more".formatted(gone.size() - SHOWN) : "";
        return "%s gone since its last start: %s%s"
                .formatted(gone.size() == 1 ? "1 node is" : gone.size() + " nodes are", shown, more);
    }
}
