package org.jupyterrestart.api.wire;

import java.util.List;

/** Lines of a log; {@code offset} is the byte behind the last one. */
public record Log(List<String> lines, long offset) {}
