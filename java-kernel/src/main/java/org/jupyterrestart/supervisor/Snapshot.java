package org.jupyterrestart.supervisor;

import java.util.List;

/** Every app at one moment; events behind {@code seq} are not in it. */
public record Snapshot(long seq, List<AppView> apps) {
    public Snapshot {
        apps = List.copyOf(apps);
    }
}
