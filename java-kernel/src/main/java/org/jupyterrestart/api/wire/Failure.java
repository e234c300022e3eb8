package org.jupyterrestart.api.wire;

/** A restart in place that could not be carried out; the app goes on as it was. */
public record Failure(String restartId, String message) {}
