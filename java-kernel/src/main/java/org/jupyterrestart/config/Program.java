package org.jupyterrestart.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is started.
 *
 * @param command the program and its arguments
 * @param directory the working directory; empty for the root
 * @param environment variables added to the service's own, or all of them where {@code isWholeEnvironment}
 */
public record Program(
        List<String> command, Optional<Path> directory, Map<String, String> environment, boolean isWholeEnvironment) {
    public Program {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("command is empty");
        }
    }

    /** Where it is started; a service has no directory that anybody chose. */
    public Path startDirectory() {
        return directory.orElse(Path.of("/"));
    }

    /** Everything it is given, where {@code service} is what the service itself was. */
    public Map<String, String> environmentIn(Map<String, String> service) {
        Map<String, String> whole = new HashMap<>(isWholeEnvironment ? Map.of() : service);
        whole.putAll(environment);
        return whole;
    }

    /** As the config file writes it. */
    public static Program of(List<String> command, Optional<Path> directory, Map<String, String> environment) {
        return new Program(command, directory, environment, false);
    }
}
