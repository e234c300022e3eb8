package org.jupyterrestart.supervisor;

import java.util.Optional;

/**
 * A command was taken.
 *
 * @param seq the last event before it was carried out: its outcome is behind it
 * @param restartId the restart that it began or joined
 */
public record Accepted(long seq, Optional<String> restartId) {}
