package org.jupyterrestart.api.wire;

import java.time.Instant;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Reason;

/** A restart under way; {@code deadline} is empty where nothing bounds the step. */
public record Restart(String id, Reason reason, RestartStep step, Instant since, Optional<Instant> deadline) {}
