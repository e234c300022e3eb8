package org.jupyterrestart.api.wire;

import java.util.List;
import java.util.Optional;

/**
 * The service is to replace itself, in the same process.
 *
 * @param program what to run instead of the same program again: Java, its flags, {@code -jar} and the jar
 */
public record ServiceRestart(Optional<List<String>> program) {}
