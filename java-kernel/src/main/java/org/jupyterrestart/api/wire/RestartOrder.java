package org.jupyterrestart.api.wire;

import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/** How to restart. */
public record RestartOrder(Optional<Boolean> now, Optional<String> in, Optional<Reason> reason) {}
