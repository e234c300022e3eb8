package org.jupyterrestart.api.wire;

import com.google.gson.annotations.SerializedName;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The restart service itself; only {@code running} is known where none answers. */
public record Service(
        boolean running,
        OptionalInt pid,
        @SerializedName("uptime_s") OptionalLong uptimeSeconds,
        Optional<String> version,
        Optional<String> weakerPromises) {}
