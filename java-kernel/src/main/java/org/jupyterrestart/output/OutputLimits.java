package org.jupyterrestart.output;

import java.time.Duration;
import java.util.Optional;

/**
 * When what an app printed is put aside, and how much of that is kept.
 *
 * @param maxBytes put aside in pieces of this size
 * @param every also after this time, whatever its size; empty for never
 * @param keep pieces that are kept
 */
public record OutputLimits(long maxBytes, Optional<Duration> every, int keep) {
    public static final OutputLimits USUAL = new OutputLimits(10L << 20, Optional.empty(), 5);
}
