package org.jupyterrestart.probe;

import java.util.Optional;

/** One question to an app. Blocks, within its own time; asked by one thread at a time. */
@FunctionalInterface
interface ProbeCheck {
    /** What is wrong, as a sentence without its dot; empty when the app is well. */
    Optional<String> problem() throws InterruptedException;

    /** Whether the last question found that the app, once well, has replaced its own program since. Told once. */
    default boolean isRenewed() {
        return false;
    }
}
