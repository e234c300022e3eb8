package org.jupyterrestart.api.wire;

import com.google.gson.annotations.SerializedName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;

/** One supervised app, as it is now; the contract explains each field. */
public record App(
        String name,
        String title,
        String preset,
        Life life,
        AppState state,
        Wanted wanted,
        OptionalInt pid,
        OptionalInt servingPid,
        OptionalInt standbyPid,
        OptionalInt port,
        boolean enabled,
        Optional<Instant> since,
        @SerializedName("uptime_s") OptionalLong uptimeSeconds,
        Optional<Instant> nextRestart,
        @SerializedName("remaining_s") OptionalLong remainingSeconds,
        @SerializedName("starts_in_s") OptionalLong startsInSeconds,
        Optional<Instant> lastRestart,
        Optional<Reason> lastReason,
        int restarts,
        OptionalLong memoryBytes,
        OptionalLong gpuMemoryBytes,
        Optional<Restart> restart,
        Optional<String> message,
        List<Note> notes,
        Standby standby,
        OptionalLong kernelMemoryLimit) {}
