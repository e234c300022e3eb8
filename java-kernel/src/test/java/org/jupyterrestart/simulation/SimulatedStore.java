package org.jupyterrestart.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jupyterrestart.supervisor.GpuBaseline;
import org.jupyterrestart.supervisor.SavedChange;
import org.jupyterrestart.supervisor.SavedState;
import org.jupyterrestart.supervisor.StateStore;

/** Keeps the state in memory; a kill comes before or after a save, never in the middle: the real one is atomic. */
final class SimulatedStore implements StateStore {
    private static final int REWRITE_EVERY = 8;

    private final Death death;
    private SavedState saved = SavedState.EMPTY;
    private List<GpuBaseline> gpus = List.of();
    private boolean isSpoilt;
    private Optional<String> failure = Optional.empty();
    private int changes;

    SimulatedStore(Death death) {
        this.death = death;
    }

    /** The next service can't read it. */
    void spoil() {
        isSpoilt = true;
    }

    /** Nothing is saved from now on. */
    void fail(String why) {
        failure = Optional.of(why);
    }

    void work() {
        failure = Optional.empty();
    }

    SavedState saved() {
        return saved;
    }

    @Override
    public void save(SavedState state) throws IOException {
        death.point();
        if (failure.isPresent()) {
            throw new IOException(failure.get());
        }
        saved = state;
        death.point();
    }

    @Override
    public void save(SavedChange change, Supplier<SavedState> whole) throws IOException {
        changes++;
        save(changes % REWRITE_EVERY == 0 ? whole.get() : saved.with(change));
    }

    @Override
    public boolean takes(Path log) {
        return failure.isEmpty();
    }

    @Override
    public void sync() {
        death.point();
    }

    /** On its way to a stop: a kill comes before or after. */
    @Override
    public void saveGpus(List<GpuBaseline> all) {
        gpus = all;
    }

    @Override
    public List<GpuBaseline> loadGpus() {
        return gpus;
    }

    @Override
    public Loaded load() {
        return isSpoilt
                ? new Loaded.Broken(Path.of("/home/state.jsonl.broken-1"), "it is no JSON")
                : new Loaded.Read(saved);
    }
}
