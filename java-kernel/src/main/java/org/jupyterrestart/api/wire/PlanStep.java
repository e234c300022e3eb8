package org.jupyterrestart.api.wire;

import com.google.gson.annotations.SerializedName;
import java.util.Optional;

/** One step that a restart would take. */
public record PlanStep(
        RestartStep step,
        String what,
        @SerializedName("deadline_s") Optional<Double> deadlineSeconds) {}
