package org.jupyterrestart.api.wire;

/** Where the service answers, as the file {@code endpoint.json} tells it. */
public record Endpoint(int port, String token, int pid, String version) {}
