package org.jupyterrestart.api.wire;

import java.util.List;

/** What comes; asking changes nothing. */
public record Plan(List<AppPlan> apps) {}
