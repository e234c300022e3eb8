package org.jupyterrestart.supervisor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * Keeps what the service knows of its apps over its own end. A kill of the service loses nothing that was saved, a
 * crash of the machine nothing that was synced. One thread saves the state, any may sync.
 */
public interface StateStore {
    /** Either this is the whole state when it returns, or the one before it still is. */
    void save(SavedState whole) throws IOException;

    /**
     * Saves what is new.
     *
     * @param whole the state with this change, which the store may choose to save instead
     */
    void save(SavedChange change, Supplier<SavedState> whole) throws IOException;

    /** Everything saved so far is on the disk when this returns. */
    void sync();

    /** Whether this file of the home, which should be there, can be written to now. From any thread. */
    boolean takes(Path log);

    Loaded load();

    /** What apps have of GPUs, all that is known of it. Beside the state: it is measured off the loop. */
    void saveGpus(List<GpuBaseline> all) throws IOException;

    /** Empty where it can't be read: then no memory is waited for. */
    List<GpuBaseline> loadGpus();

    /** What was found. */
    sealed interface Loaded {
        /** Empty where there was nothing yet. */
        record Read(SavedState state) implements Loaded {}

        /** It can't be read, and was put aside for people to look at. */
        record Broken(Path aside, String why) implements Loaded {}
    }
}
