package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/** Which apps to restart together, and how. */
public record GroupOrder(Optional<List<String>> apps, Optional<Boolean> now, Optional<Reason> reason) {}
