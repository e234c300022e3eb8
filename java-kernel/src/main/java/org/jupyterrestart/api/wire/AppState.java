package org.jupyterrestart.api.wire;

/** Where an app is; PREPARING to RESTORING, and STARTING, name the step a restart is in. */
public enum AppState {
    STOPPED,
    STARTING,
    RUNNING,
    PREPARING,
    DRAINING,
    STOPPING,
    VERIFYING,
    RESTORING,
    WAITING,
    FAILED
}
