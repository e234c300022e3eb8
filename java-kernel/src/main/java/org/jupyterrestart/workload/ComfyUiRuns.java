package org.jupyterrestart.workload;

import java.io.IOException;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * Tells one run of a ComfyUI from the next: by the process that listens on its port, which may be below the one that was
 * started, and by the program that this executes, for ComfyUI-Manager replaces it in place.
 */
record ComfyUiRuns(ProcessControl processes) {
    String of(App app, String host, int port) throws IOException {
        ProcessControl.PortHolder holder = processes
                .holderOf(host, port)
                .orElseThrow(() -> new IOException("nobody listens on port %d".formatted(port)));
        ProcessIdentity process = holder.process()
                .or(() -> app.state().process().map(instance -> instance.identity()))
                .orElseThrow(() -> new IOException("it does not run"));
        return "%s %d %d %s"
                .formatted(
                        process.bootId(),
                        process.pid(),
                        process.startTicks(),
                        processes.imageOf(process).orElse(""));
    }
}
