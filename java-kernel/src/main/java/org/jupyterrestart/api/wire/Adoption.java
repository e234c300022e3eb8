package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.lifecycle.Note;

/** A running process to take under supervision; with a restart's id, the proof that it is done. */
public record Adoption(
        int pid,
        OptionalInt servingPid,
        OptionalInt standbyPid,
        Optional<String> preset,
        OptionalInt port,
        Optional<Life> life,
        Optional<String> restartId,
        Optional<String> url,
        Optional<Kept> kept,
        Optional<Boolean> tookOver,
        Optional<Boolean> respawn,
        Optional<List<String>> command,
        Optional<List<Note>> notes) {}
