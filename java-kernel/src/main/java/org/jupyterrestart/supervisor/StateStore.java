package org.jupyterrestart.supervisor;

import java.io.IOException;
import java.nio.file.Path;

/** Keeps what the service knows of its apps over its own end. */
public interface StateStore {
    /** Either the whole state is saved when this returns, or the one before it still is. */
    void save(SavedState state) throws IOException;

    Loaded load();

    /** What was found. */
    sealed interface Loaded {
        /** Empty where there was nothing yet. */
        record Read(SavedState state) implements Loaded {}

        /** It can't be read, and was put aside for people to look at. */
        record Broken(Path aside, String why) implements Loaded {}
    }
}
