package org.jupyterrestart.api.wire;

/** What the user wants of an app, apart from what it is. */
public enum Wanted {
    UP,
    DOWN
}
