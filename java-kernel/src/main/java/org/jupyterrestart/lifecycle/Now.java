package org.jupyterrestart.lifecycle;

import java.time.Instant;

/**
 * One moment on two clocks.
 *
 * @param wall for calendar schedules and for people; may jump
 * @param nanos monotonic, for deadlines and durations; means nothing on its own
 */
public record Now(Instant wall, long nanos) {}
