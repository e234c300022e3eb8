package org.jupyterrestart.api.wire;

import java.time.Instant;
import java.util.List;

/** What comes for one app. */
public record AppPlan(String name, List<Instant> fires, List<PlanStep> steps, List<String> blockedBy) {}
