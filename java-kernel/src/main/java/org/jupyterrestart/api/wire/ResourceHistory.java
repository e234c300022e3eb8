package org.jupyterrestart.api.wire;

import java.util.List;
import org.jupyterrestart.resource.Resources;

/** Samples of the last hour, oldest first. */
public record ResourceHistory(List<Resources> samples) {}
