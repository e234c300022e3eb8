package org.jupyterrestart.api.wire;

/** The text of a config file. */
public record NewConfig(String toml) {}
