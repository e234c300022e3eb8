package org.jupyterrestart.queue;

import java.util.Map;
import org.jupyterrestart.event.EventType;

/** What happened to an app's work, for the event log. */
public record News(EventType type, String message, Map<String, Object> data) {}
