package org.jupyterrestart.api.wire;

/** How long to put off the next scheduled restart, as people write it. */
public record Postponement(String duration) {}
