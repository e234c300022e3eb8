package org.jupyterrestart.api;

import java.nio.file.Path;

/** Where the logs are now; they can move while the service runs. */
public interface LogPaths {
    Path restartLog();

    /** The output of an app that the service starts; {@code name} is that of a known app. */
    Path output(String name);
}
