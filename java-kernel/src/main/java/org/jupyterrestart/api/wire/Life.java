package org.jupyterrestart.api.wire;

/** How a restart is done: the tree is stopped and started again, or the app replaces itself and says hello. */
public enum Life {
    STOP_START,
    IN_PLACE
}
