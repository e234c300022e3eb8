package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;

/** Which apps are meant. */
public record NamedApps(Optional<List<String>> apps) {}
