package org.jupyterrestart.queue;

/**
 * One prompt as ComfyUI's queue shows it.
 *
 * @param putBackFor the prompt that we sent it again for; empty for one of somebody else's
 * @param number lower ones run first
 * @param file where its content was written to; 0 where that was known
 */
record Item(String id, String putBackFor, boolean isRunning, double number, long file) {}
