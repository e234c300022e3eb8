package org.jupyterrestart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jupyterrestart.home.ServiceLock;

/** What a service needs before it can begin: a home that is its own, and settings that are good. */
record Startup(Path home, ServiceLock lock, Settings settings) {
    private static final int FAILED = 1;
    private static final int CONFIG_ERROR = 2;
    private static final int REFUSED = 5;

    /** What came of it. */
    sealed interface Result {
        record Ready(Startup startup) implements Result {}

        /** Each line for stderr; then the program exits. */
        record Failed(int status, List<String> lines) implements Result {}
    }

    static Result prepare(CommandLine.Service command, Map<String, String> environment) {
        return prepare(command.home(), Settings.read(command.config(), environment, ZoneId.systemDefault()));
    }

    static Result prepare(CommandLine.Run command, Map<String, String> environment) {
        return prepare(
                command.home(), Settings.read(command.config(), command.app(), environment, ZoneId.systemDefault()));
    }

    private static Result prepare(Path home, Settings.Result read) {
        return switch (read) {
            case Settings.Result.Rejected(List<String> problems) -> new Result.Failed(CONFIG_ERROR, problems);
            case Settings.Result.Read(Settings settings) -> lock(home, settings);
        };
    }

    private static Result lock(Path home, Settings settings) {
        try {
            Files.createDirectories(
                    home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return switch (ServiceLock.acquire(home, ProcessHandle.current().pid())) {
                case ServiceLock.Outcome.Held(ServiceLock lock) -> new Result.Ready(new Startup(home, lock, settings));
                case ServiceLock.Outcome.Taken(String owner) -> new Result.Failed(REFUSED, List.of(taken(home, owner)));
                case ServiceLock.Outcome.Unlockable(IOException why) ->
                    new Result.Failed(FAILED, List.of(unlockable(home, why)));
            };
        } catch (IOException e) {
            return new Result.Failed(FAILED, List.of(unusable(home, e)));
        }
    }

    private static String taken(Path home, String owner) {
        return """
            A restart service (pid %s) runs with the home %s already. \
            Use it, end it by "jupyter restart service stop", or give this one a --home of its own.\
            """.formatted(owner, home);
    }

    private static String unlockable(Path home, IOException why) {
        return ("The home %s is on a file system that can't lock files (%s), so that two services could look after"
                        + " the same apps. Name a folder on a local disk by --home.")
                .formatted(home, why.getMessage());
    }

    private static String unusable(Path home, IOException e) {
        return "The home %s can't be used (%s). Make it a folder that you may write to, or name another by --home."
                .formatted(home, e);
    }
}
