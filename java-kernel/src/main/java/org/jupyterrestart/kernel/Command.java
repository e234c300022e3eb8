package org.jupyterrestart.kernel;

import java.util.List;
import java.util.Optional;

/** One line of a cell, understood. */
sealed interface Command {
    record Status(Optional<String> app) implements Command {}

    record Restart(String app, boolean now, boolean untilOver) implements Command {}

    /** {@code duration} as it was written; the service reads it. No app is every app. */
    record Postpone(String duration, Optional<String> app) implements Command {}

    /** No app is every app. */
    record Enable(Optional<String> app, boolean enabled) implements Command {}

    record Start(String app) implements Command {}

    record Stop(String app) implements Command {}

    /** No size is none but those named. */
    record Kernels(String app, List<String> ids, Optional<String> over) implements Command {}

    record Events(int n) implements Command {}

    /** No app is the restart log. */
    record Logs(Optional<String> app, int n) implements Command {}

    record Plan(Optional<String> app) implements Command {}

    /** No verb is all of them. */
    record Help(Optional<Verb> verb) implements Command {}
}
