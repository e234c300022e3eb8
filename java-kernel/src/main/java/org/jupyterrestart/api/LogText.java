package org.jupyterrestart.api;

import java.io.IOException;
import java.nio.file.Path;
import org.jupyterrestart.api.wire.Log;

/** A log with the older parts of it, read by offsets. */
interface LogText {
    /** What changes when a line comes. */
    Path file();

    /** The last {@code n} lines; none where the file does not exist. */
    Log last(int n) throws IOException;

    /** Whole lines behind {@code offset}. */
    Log after(long offset) throws IOException;
}
