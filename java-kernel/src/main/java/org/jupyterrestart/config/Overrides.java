package org.jupyterrestart.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the environment says; it wins over the file.
 *
 * @param interval between restarts: of ComfyUI and JupyterLab, and of apps without a schedule of their own
 * @param log the restart log
 * @param pidFile the service's pid file
 * @param isDisabled all apps begin with automatic restarts off
 */
public record Overrides(Optional<Duration> interval, Optional<Path> log, Optional<Path> pidFile, boolean isDisabled) {
    public static final Overrides NONE = new Overrides(Optional.empty(), Optional.empty(), Optional.empty(), false);
}
