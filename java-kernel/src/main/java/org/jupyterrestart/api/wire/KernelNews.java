package org.jupyterrestart.api.wire;

import java.util.Map;
import org.jupyterrestart.event.EventType;

/** What became of a kernel, as its Jupyter server tells it. */
public record KernelNews(EventType type, String message, Map<String, Object> data) {}
