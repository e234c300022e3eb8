package org.jupyterrestart.queue;

import java.io.IOException;

/** What answers is another program: it has no queue that could be kept. */
public final class NoComfyUiException extends IOException {
    private static final long serialVersionUID = 1;

    NoComfyUiException(String message) {
        super(message);
    }
}
