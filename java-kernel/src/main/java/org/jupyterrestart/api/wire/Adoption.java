package org.jupyterrestart.api.wire;

import java.util.Optional;
import java.util.OptionalInt;

/** A running process to take under supervision; with a restart's id, the proof that it is done. */
public record Adoption(
        int pid,
        Optional<String> preset,
        OptionalInt port,
        Optional<Life> life,
        Optional<String> restartId,
        Optional<String> url,
        Optional<Kept> kept,
        Optional<Boolean> respawn) {}
