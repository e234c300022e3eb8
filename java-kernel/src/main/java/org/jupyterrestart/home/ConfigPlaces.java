package org.jupyterrestart.home;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the config file may be; never in the working directory by itself, for it names commands.
 *
 * @param files the first that exists counts
 * @param isNamed whether a user named the file, which then must be there
 */
public record ConfigPlaces(List<Path> files, boolean isNamed) {
    private static final String FILE = "restart.toml";

    public ConfigPlaces {
        files = List.copyOf(files);
    }

    public static ConfigPlaces named(Path file) {
        return new ConfigPlaces(List.of(file), true);
    }

    /** Of this user. */
    public static ConfigPlaces of(Map<String, String> environment) {
        return path(environment, "JUPYTER_RESTART_CONFIG")
                .map(ConfigPlaces::named)
                .orElseGet(() -> new ConfigPlaces(
                        Stream.of(
                                        path(environment, "JUPYTER_CONFIG_DIR"),
                                        path(environment, "HOME").map(home -> home.resolve(".jupyter")))
                                .flatMap(Optional::stream)
                                .map(folder -> folder.resolve(FILE))
                                .toList(),
                        false));
    }

    /** The file that counts now; one that was named counts even where it is not. */
    public Optional<Path> file() {
        return files.stream()
                .filter(file -> isNamed || Files.isRegularFile(file))
                .findFirst();
    }

    private static Optional<Path> path(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(value -> Path.of(value).toAbsolutePath());
    }
}
