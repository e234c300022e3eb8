package org.jupyterrestart.api.wire;

import java.util.List;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.resource.Resources;

/** Everything a client shows, made at one moment; events behind {@code seq} are not in it. */
public record Snapshot(long seq, Service service, List<App> apps, Resources resources, List<Event> events) {}
