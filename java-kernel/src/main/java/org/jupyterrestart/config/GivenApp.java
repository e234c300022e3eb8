package org.jupyterrestart.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An app whose command is given on the service's own command line, whatever the config file says. Whoever gives it
 * also starts it.
 *
 * @param directory where the command was given
 */
public record GivenApp(String name, List<String> command, Path directory) {
    public GivenApp {
        command = List.copyOf(command);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("command is empty");
        }
    }

    /** {@code usual} is what such an app is where the config does not speak of it. */
    Config joinTo(Config config, AppSpec usual) {
        Optional<AppSpec> configured = config.app(name);
        AppSpec app = configured.orElse(usual).startedBy(program(configured.flatMap(AppSpec::program)));
        Stream<AppSpec> others =
                config.apps().stream().filter(other -> !other.name().equals(name));
        return new Config(
                config.service(), Stream.concat(others, Stream.of(app)).toList(), config.webhooks());
    }

    private Program program(Optional<Program> configured) {
        return Program.of(
                command,
                configured.flatMap(Program::directory).or(() -> Optional.of(directory)),
                configured.map(Program::environment).orElse(Map.of()));
    }
}
