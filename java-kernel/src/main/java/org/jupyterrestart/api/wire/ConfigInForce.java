package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;

/** The config that counts now, and what is wrong with its file since. */
public record ConfigInForce(Optional<String> path, String toml, List<String> problems) {}
