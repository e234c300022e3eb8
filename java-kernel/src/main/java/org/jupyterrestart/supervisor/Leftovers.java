package org.jupyterrestart.supervisor;

import java.util.List;
import org.jupyterrestart.process.ProcessIdentity;

/** Tells what earlier runs of an app left behind from what is anybody else's, by the marker alone. */
record Leftovers(Ports ports) {
    /** @param keep names of processes that are spared */
    boolean isOf(String app, ProcessIdentity process, List<String> keep) {
        return ports.processes()
                        .markerOf(process)
                        .filter(marker -> isOf(app, marker))
                        .isPresent()
                && !isKept(process, keep);
    }

    /** Markers are {@code HOME:APP-NUMBER}, and an app's name may itself end in a number. */
    private boolean isOf(String app, String marker) {
        String prefix = ActionRunner.mark(ports.home(), app + "-");
        return marker.startsWith(prefix) && marker.substring(prefix.length()).matches("\\d+");
    }

    boolean isKept(ProcessIdentity process, List<String> keep) {
        if (keep.isEmpty()) {
            return false;
        }
        String described = ports.processes().describe(process);
        return keep.stream().anyMatch(name -> described.startsWith(name + " ("));
    }
}
