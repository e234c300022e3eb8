package org.jupyterrestart.api.wire;

/** The step a restart is in. */
public enum RestartStep {
    PREPARING,
    DRAINING,
    STOPPING,
    VERIFYING,
    STARTING,
    RESTORING
}
