package org.jupyterrestart;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.EnvironmentOverrides;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.home.UsualPlaces;

/**
 * What the user said, in a file and in the environment.
 *
 * @param environment of the service, which its apps inherit
 * @param zone of schedules that name none
 * @param file where {@code config} was read; empty where there is no file
 */
record Settings(
        Map<String, String> environment, ZoneId zone, Overrides overrides, Optional<Path> file, Config config) {
    /** What came of reading it. */
    sealed interface Result {
        record Read(Settings settings) implements Result {}

        /** All that is wrong, each line for people. */
        record Rejected(List<String> problems) implements Result {}
    }

    /** {@code named} comes before the usual places. */
    static Result read(Optional<Path> named, Map<String, String> environment, ZoneId zone) {
        return switch (EnvironmentOverrides.read(environment)) {
            case EnvironmentOverrides.Result.Rejected(List<String> problems) -> new Result.Rejected(problems);
            case EnvironmentOverrides.Result.Read(Overrides overrides) -> {
                ConfigLoader loader = new ConfigLoader(overrides, zone);
                Optional<Path> file = named.or(() -> UsualPlaces.config(environment));
                yield switch (file.map(loader::load)
                        .orElseGet(() -> new ConfigLoader.Result.Loaded(loader.withoutFile()))) {
                    case ConfigLoader.Result.Rejected(List<String> problems) -> new Result.Rejected(problems);
                    case ConfigLoader.Result.Loaded(Config config) ->
                        new Result.Read(new Settings(environment, zone, overrides, file, config));
                };
            }
        };
    }
}
