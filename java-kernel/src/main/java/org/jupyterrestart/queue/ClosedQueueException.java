package org.jupyterrestart.queue;

import java.io.IOException;

/** Its queue can't be kept: what answers is another program, or wants a login. */
public final class ClosedQueueException extends IOException {
    private static final long serialVersionUID = 1;

    ClosedQueueException(String message) {
        super(message);
    }
}
