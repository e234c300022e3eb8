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
    FLEET;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** For example {@code gpu-memory}. */
    public String wireName() {
        return wireName;
    }

    /** As the restart log writes it: {@code Gpu-memory}, {@code Scheduled}. */
    public String title() {
        return wireName.substring(0, 1).toUpperCase(Locale.ROOT) + wireName.substring(1);
    }
}
