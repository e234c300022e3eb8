package org.jupyterrestart.workload;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Now;

/** An app of some preset in whose place a server of the test answers. */
final class LocalApp {
    private LocalApp() {}

    static App of(String preset, LocalServer server) {
        String port = Integer.toString(server.port());
        return App.first(
                new AppSpecBuilder("x")
                        .preset(preset)
                        .program(Program.of(
                                List.of("run", "--port", port),
                                Optional.empty(),
                                Map.of("OLLAMA_HOST", "127.0.0.1:" + port, "INVOKEAI_PORT", port)))
                        .build(),
                0,
                new Now(Instant.EPOCH, 0));
    }
}
