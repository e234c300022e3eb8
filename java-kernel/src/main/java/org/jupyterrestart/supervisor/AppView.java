package org.jupyterrestart.supervisor;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;

/** One app as users see it, made on the loop thread: the fields of the schema {@code App}, which explains them. */
public record AppView(
        String name,
        String title,
        String preset,
        boolean inPlace,
        String state,
        boolean wantedUp,
        OptionalInt pid,
        OptionalInt servingPid,
        OptionalInt standbyPid,
        OptionalInt port,
        boolean enabled,
        Optional<Instant> since,
        OptionalLong uptimeSeconds,
        Optional<Instant> nextRestart,
        OptionalLong remainingSeconds,
        OptionalLong startsInSeconds,
        Optional<Instant> lastRestart,
        Optional<Reason> lastReason,
        int restarts,
        OptionalLong memoryBytes,
        OptionalLong gpuMemoryBytes,
        Optional<RestartView> restart,
        Optional<String> message,
        List<Note> notes,
        String standby,
        OptionalLong kernelMemoryLimit) {
    /** A restart under way; {@code step} is its wire name. */
    public record RestartView(String id, Reason reason, String step, Instant since, Optional<Instant> deadline) {}
}
