package org.jupyterrestart.home;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where files are that nobody has named.
 *
 * @param home the state folder
 * @param storage the folder that the scripts of old used for their log and pid files
 */
public record UsualPlaces(Path home, Path storage) {
    public static UsualPlaces of(Path home) {
        return new UsualPlaces(home, Path.of("/storage/ComfyUI"));
    }

    public Path restartLog() {
        return shared().resolve("restart.log");
    }

    public Path pidFile() {
        return shared().resolve("auto_restart.pid");
    }

    private Path shared() {
        return Files.isDirectory(storage) && Files.isWritable(storage) ? storage : home;
    }

    /** The config file of this user, where there is one; never one of the working directory, for it names commands. */
    public static Optional<Path> config(Map<String, String> environment) {
        Optional<Path> named = value(environment, "JUPYTER_RESTART_CONFIG");
        if (named.isPresent()) {
            return named;
        }
        return Stream.of(
                        value(environment, "JUPYTER_CONFIG_DIR"),
                        value(environment, "HOME").map(home -> home.resolve(".jupyter")))
                .flatMap(Optional::stream)
                .map(folder -> folder.resolve("restart.toml"))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static Optional<Path> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(value -> Path.of(value).toAbsolutePath());
    }
}
