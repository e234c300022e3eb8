package org.jupyterrestart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.EnvironmentOverrides;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.home.ServiceLock;
import org.jupyterrestart.home.UsualPlaces;

/**
 * What a service needs before it can begin.
 *
 * @param loader reads {@code configFile} again when it changes
 * @param configFile empty for a service without one
 */
record Startup(
        Path home,
        ServiceLock lock,
        Overrides overrides,
        ConfigLoader loader,
        Optional<Path> configFile,
        Config config) {
    /** What came of it. */
    sealed interface Result {
        record Ready(Startup startup) implements Result {}

        /** Each line for stderr; then the program exits. */
        record Failed(int status, List<String> lines) implements Result {}
    }

    private static final int FAILED = 1;
    private static final int CONFIG_ERROR = 2;
    private static final int REFUSED = 5;

    static Result prepare(CommandLine.Service command, Map<String, String> environment) {
        return switch (EnvironmentOverrides.read(environment)) {
            case EnvironmentOverrides.Result.Rejected(List<String> problems) ->
                new Result.Failed(CONFIG_ERROR, problems);
            case EnvironmentOverrides.Result.Read(Overrides overrides) -> {
                Optional<Path> file = command.config().or(() -> UsualPlaces.config(environment));
                yield load(command.home(), overrides, file);
            }
        };
    }

    private static Result load(Path home, Overrides overrides, Optional<Path> file) {
        ConfigLoader loader = new ConfigLoader(overrides, ZoneId.systemDefault());
        ConfigLoader.Result result =
                file.map(loader::load).orElseGet(() -> new ConfigLoader.Result.Loaded(loader.withoutFile()));
        return switch (result) {
            case ConfigLoader.Result.Rejected(List<String> problems) -> new Result.Failed(CONFIG_ERROR, problems);
            case ConfigLoader.Result.Loaded(Config config) -> lock(home, overrides, loader, file, config);
        };
    }

    private static Result lock(
            Path home, Overrides overrides, ConfigLoader loader, Optional<Path> file, Config config) {
        try {
            Files.createDirectories(
                    home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return switch (ServiceLock.acquire(home, ProcessHandle.current().pid())) {
                case ServiceLock.Outcome.Held(ServiceLock lock) ->
                    new Result.Ready(new Startup(home, lock, overrides, loader, file, config));
                case ServiceLock.Outcome.Taken(String owner) ->
                    new Result.Failed(
                            REFUSED,
                            List.of(
                                    ("A restart service (pid %s) runs with the home %s already. Use it, end it by "
                                            + "\"jupyter restart service stop\", or give this one a --home of its own.")
                                            .formatted(owner, home)));
            };
        } catch (IOException e) {
            return new Result.Failed(
                    FAILED,
                    List.of(
                            ("The home %s can't be used (%s). Make it a folder that you may write to, or name "
                                    + "another by --home.")
                                    .formatted(home, e)));
        }
    }
}
