package org.jupyterrestart.lifecycle;

import java.util.Locale;

/** Why a restart happened. Scheduled is not a failure. */
public enum Reason {
    SCHEDULED,
    MANUAL,
    CRASH,
    HANG,
    MEMORY,
    GPU_MEMORY,
    DISK,
    IDLE,
    CONFIG,
    FLEET,

    /** The app restarts itself: its own interface has a button for it, or it has installed something. */
    SELF;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Whether something runs out on the machine, which does not wait for people. */
    boolean isLimit() {
        return switch (this) {
            case MEMORY, GPU_MEMORY, DISK -> true;
            case SCHEDULED, MANUAL, CRASH, HANG, IDLE, CONFIG, FLEET, SELF -> false;
        };
    }

    /** For example {@code gpu-memory}. */
    public String wireName() {
        return wireName;
    }

    /** As the restart log writes it: {@code GPU-memory}, {@code Scheduled}. */
    public String title() {
        return this == GPU_MEMORY ? "GPU-memory" : capitalized();
    }

    private String capitalized() {
        return wireName.substring(0, 1).toUpperCase(Locale.ROOT) + wireName.substring(1);
    }
}
