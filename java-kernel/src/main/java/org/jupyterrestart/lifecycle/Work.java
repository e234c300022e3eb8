package org.jupyterrestart.lifecycle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an app was found to be doing.
 *
 * @param busyWith what a restart would wait for, as "3 prompts in its queue"; empty when there is nothing
 * @param kept details to be told when the restart is completed
 */
public record Work(Optional<String> busyWith, Map<String, Object> kept) {
    public static final Work NONE = new Work(Optional.empty(), Map.of());

    /** Nothing was heard yet: it is asked again, and nobody is told. */
    public static final Work UNHEARD = busy("");

    public Work {
        // Unlike Map.copyOf it keeps the order: the same event is the same line in each run.
        kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
    }

    public static Work busy(String with) {
        return new Work(Optional.of(with), Map.of());
    }

    /** What is asked of an app about its work. */
    public enum Ask {
        /** Only what it does. */
        LOOK,
        /** Begin nothing further; idle when what runs has ended. */
        DRAIN,
        /** Likewise, and interrupt what runs so that it runs again. */
        INTERRUPT,
        /** Likewise, for its user's stop: what waits is kept, and not begun again by itself. */
        PARK,
        /** Take up what waited before; idle when that is done. */
        RESTORE
    }
}
