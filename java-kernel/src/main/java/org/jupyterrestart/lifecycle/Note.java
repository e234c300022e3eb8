package org.jupyterrestart.lifecycle;

/**
 * What an app says of itself that people should know.
 *
 * @param code for programs; the contract lists them
 * @param advice what to do about it
 */
public record Note(String code, String message, String advice) {}
