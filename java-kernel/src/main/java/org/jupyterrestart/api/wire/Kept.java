package org.jupyterrestart.api.wire;

import com.google.gson.annotations.SerializedName;
import java.util.List;
import java.util.Optional;

/** What a restart in place carried over. */
public record Kept(
        int kernels,
        int terminals,
        List<String> lostKernels,
        @SerializedName("away_s") double awaySeconds,
        Optional<String> fallback) {}
