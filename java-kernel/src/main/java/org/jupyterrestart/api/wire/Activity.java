package org.jupyterrestart.api.wire;

import java.util.Optional;

/** What an app does, in its own words, while a restart of it waits. */
public record Activity(Optional<String> busyWith) {}
