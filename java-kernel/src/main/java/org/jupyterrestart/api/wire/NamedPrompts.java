package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;

/** Which kept prompts are meant. */
public record NamedPrompts(Optional<List<String>> promptIds) {}
