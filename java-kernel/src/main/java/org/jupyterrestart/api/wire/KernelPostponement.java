package org.jupyterrestart.api.wire;

/** How long a kernel is left alone. */
public record KernelPostponement(String kernelId, String duration) {}
