package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;

/** Which kernels of a Jupyter server are to be restarted. */
public record KernelOrder(Optional<List<String>> kernels, Optional<String> over) {}
