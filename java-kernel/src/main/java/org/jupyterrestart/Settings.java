package org.jupyterrestart;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.EnvironmentOverrides;
import org.jupyterrestart.config.GivenApp;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.home.ConfigPlaces;

/**
 * What the user said, in a file and in the environment.
 *
 * @param environment of the service, which its apps inherit
 * @param zone of schedules that name none
 */
record Settings(Map<String, String> environment, ZoneId zone, Overrides overrides, ConfigFile configFile) {
    Config config() {
        return configFile.inForce().config();
    }

    /** Where the config was read; empty where there is no file. */
    Optional<Path> file() {
        return configFile.inForce().path();
    }

    /** What came of reading it. */
    sealed interface Result {
        record Read(Settings settings) implements Result {}

        /** All that is wrong, each line for people. */
        record Rejected(List<String> problems) implements Result {}
    }

    /** {@code named} comes before the usual places. */
    static Result read(Optional<Path> named, Map<String, String> environment, ZoneId zone) {
        return read(named, Optional.empty(), environment, zone);
    }

    /** {@code given} is an app that no file has to speak of. */
    static Result read(Optional<Path> named, Optional<GivenApp> given, Map<String, String> environment, ZoneId zone) {
        return switch (EnvironmentOverrides.read(environment)) {
            case EnvironmentOverrides.Result.Rejected(List<String> problems) -> new Result.Rejected(problems);
            case EnvironmentOverrides.Result.Read(Overrides overrides) -> {
                ConfigPlaces places = named.map(ConfigPlaces::named).orElseGet(() -> ConfigPlaces.of(environment));
                yield switch (ConfigFile.open(places, new ConfigLoader(overrides, zone, given))) {
                    case ConfigFile.Opened.Bad(List<String> problems) -> new Result.Rejected(problems);
                    case ConfigFile.Opened.Good(ConfigFile file) ->
                        new Result.Read(new Settings(environment, zone, overrides, file));
                };
            }
        };
    }
}
