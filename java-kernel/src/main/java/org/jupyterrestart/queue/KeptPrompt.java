package org.jupyterrestart.queue;

/**
 * A prompt that is kept outside of the queue until its user says what becomes of it.
 *
 * @param promptId under which it was sent
 * @param why it was not put back by itself
 */
public record KeptPrompt(String promptId, String why) {}
