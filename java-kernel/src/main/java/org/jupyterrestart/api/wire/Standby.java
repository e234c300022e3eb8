package org.jupyterrestart.api.wire;

/** When a warm server stands by for an app that is restarted in place. */
public enum Standby {
    RESTART,
    ALWAYS,
    NEVER
}
