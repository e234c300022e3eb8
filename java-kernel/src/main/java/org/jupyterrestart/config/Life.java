package org.jupyterrestart.config;

import java.time.Duration;

/** How a restart of an app is done. */
public sealed interface Life {
    Life STOP_START = new StopStart();
    Life IN_PLACE = new InPlace(Duration.ofSeconds(10));

    /** The whole tree is stopped, and the app started again. */
    record StopStart() implements Life {}

    /**
     * The app replaces itself when it is told to, keeps its pid, and says hello.
     *
     * @param saveLimit the time that browser tabs have to save their documents before it
     */
    record InPlace(Duration saveLimit) implements Life {}
}
