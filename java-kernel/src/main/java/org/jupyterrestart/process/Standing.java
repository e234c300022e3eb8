package org.jupyterrestart.process;

import java.time.Duration;

/**
 * When a standing order is to be carried out: once, when the app that runs ends and leaves nothing behind.
 *
 * @param leastAge it is void after an app that lived for less
 * @param evenAfterSuccess also after an exit code of 0
 */
public record Standing(Duration leastAge, boolean evenAfterSuccess) {}
