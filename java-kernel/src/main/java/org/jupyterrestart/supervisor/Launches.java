package org.jupyterrestart.supervisor;

import java.util.Map;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.process.Launch;

/** How an app's program is started, as an app of this service. */
record Launches(Ports ports) {
    Launch of(String app, String marker, Program program) {
        Map<String, String> environment = program.environmentIn(ports.environment());
        environment.put(Launch.MARKER, ActionRunner.mark(ports.home(), marker));
        return new Launch(
                program.command(), program.startDirectory(), environment, ActionRunner.output(ports.home(), app));
    }
}
