package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What comes for one app: see the schema of the same name. */
public record AppPlan(String name, List<Instant> fires, List<PlanStep> steps, List<String> blockedBy) {
    public AppPlan {
        fires = List.copyOf(fires);
        steps = List.copyOf(steps);
        blockedBy = List.copyOf(blockedBy);
    }

    /** One step of a restart; {@code step} is its wire name. */
    public record PlanStep(String step, String what, Optional<Duration> deadline) {}
}
