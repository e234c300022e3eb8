package org.jupyterrestart.simulation;

import org.jupyterrestart.supervisor.SavedState;
import org.jupyterrestart.supervisor.StateStore;

/** Keeps the state in memory; a kill comes before or after a save, never in the middle: the real one is atomic. */
final class SimulatedStore implements StateStore {
    private final Death death;
    private SavedState saved = SavedState.EMPTY;

    SimulatedStore(Death death) {
        this.death = death;
    }

    SavedState saved() {
        return saved;
    }

    @Override
    public void save(SavedState state) {
        death.point();
        saved = state;
        death.point();
    }

    @Override
    public Loaded load() {
        return new Loaded.Read(saved);
    }
}
