package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What it takes to start one process.
 *
 * @param command the program, looked up on the PATH of {@code environment}, and its arguments
 * @param directory the working directory
 * @param environment the whole environment, not a change to ours; carries {@link #MARKER}
 * @param output the file that standard output and error are appended to
 */
public record Launch(List<String> command, Path directory, Map<String, String> environment, Path output) {
    /** Environment variable that marks every process of an app's tree; its value is unique per start of an app. */
    public static final String MARKER = "JUPYTER_RESTART_MARK";

    public Launch {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("command is empty");
        }
    }
}
