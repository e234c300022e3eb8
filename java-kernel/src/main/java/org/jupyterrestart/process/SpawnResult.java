package org.jupyterrestart.process;

/** What came of a start. */
public sealed interface SpawnResult {
    record Spawned(ProcessIdentity identity) implements SpawnResult {}

    /** Nothing runs; {@code why} says what was tried and what the system answered. */
    record NotSpawned(String why) implements SpawnResult {}
}
