package org.jupyterrestart;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.ConfigTree;
import org.jupyterrestart.config.EnvironmentOverrides;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.config.TomlText;
import org.jupyterrestart.home.UsualPlaces;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.process.ProgramLookup;

/**
 * What a service would run with, for the command line.
 *
 * @param file what was read; empty where there is no config file
 * @param log the restart log, wherever it was named
 * @param fromEnvironment variables that win over the file, by the dotted path of what they change
 * @param toml the whole config as a file, line by line, each value of the environment marked
 * @param config the same as a tree
 * @param obstacles why apps can't be started as things are, by their names
 */
record ShownConfig(
        Optional<String> file,
        String log,
        String pidFile,
        Map<String, String> fromEnvironment,
        List<String> toml,
        Map<String, Object> config,
        Map<String, String> obstacles) {
    private static final int OK = 0;
    private static final int CONFIG_ERROR = 2;

    /** Prints it as JSON, or everything that is wrong on stderr; returns the exit status. */
    static int run(CommandLine.ShowConfig command, Map<String, String> environment) {
        return switch (Settings.read(command.config(), environment, ZoneId.systemDefault())) {
            case Settings.Result.Rejected(List<String> problems) -> {
                problems.forEach(System.err::println);
                yield CONFIG_ERROR;
            }
            case Settings.Result.Read(Settings settings) -> {
                System.out.println(Json.write(of(settings, UsualPlaces.of(command.home()))));
                yield OK;
            }
        };
    }

    static ShownConfig of(Settings settings, UsualPlaces places) {
        Config config = settings.config();
        Overrides overrides = settings.overrides();
        Map<String, Object> tree = ConfigTree.of(config);
        Map<String, String> variables = changed(settings, tree);
        Map<String, String> notes = new LinkedHashMap<>();
        variables.forEach((path, variable) -> notes.put(path, "by $" + variable));
        return new ShownConfig(
                settings.file().map(Path::toString),
                config.service().log().orElseGet(places::restartLog).toString(),
                overrides.pidFile().orElseGet(places::pidFile).toString(),
                variables,
                TomlText.lines(tree, notes),
                tree,
                obstacles(settings));
    }

    private static Map<String, String> obstacles(Settings settings) {
        Map<String, String> obstacles = new TreeMap<>();
        for (AppSpec app : settings.config().apps()) {
            app.program()
                    .map(program -> ProgramLookup.find(
                            program.command().getFirst(),
                            program.startDirectory(),
                            program.environmentIn(settings.environment())))
                    .ifPresent(found -> {
                        if (found instanceof ProgramLookup.Found.Nowhere(String why)) {
                            obstacles.put(app.name(), why);
                        }
                    });
        }
        return obstacles;
    }

    /** By the path of each value that would be another one without the environment, the variable it is from. */
    private static Map<String, String> changed(Settings settings, Map<String, Object> tree) {
        ConfigLoader plain = new ConfigLoader(Overrides.NONE, settings.zone());
        ConfigLoader.Result without =
                settings.file().map(plain::load).orElseGet(() -> new ConfigLoader.Result.Loaded(plain.withoutFile()));
        Map<String, String> changed = new TreeMap<>();
        if (without instanceof ConfigLoader.Result.Loaded(Config config)) {
            Map<String, String> variables = EnvironmentOverrides.variables(settings.environment());
            compare("", tree, ConfigTree.of(config), variables, changed);
        }
        return changed;
    }

    private static void compare(
            String prefix,
            Map<?, ?> with,
            Map<?, ?> without,
            Map<String, String> variables,
            Map<String, String> changed) {
        with.forEach((key, value) -> {
            Object before = without.get(key);
            if (value instanceof Map<?, ?> here && before instanceof Map<?, ?> there) {
                compare(prefix + key + ".", here, there, variables, changed);
            } else if (!value.equals(before) && variables.containsKey(key)) {
                changed.put(prefix + key, variables.get(key));
            }
        });
    }
}
