package org.jupyterrestart.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the file to execute as a shell would, but by the PATH and directory of the process to be, not by ours. Where
 * there is none, it says why in words that say what to do.
 */
public final class ProgramLookup {
    /** What the kernel's own users fall back on when the environment has no PATH. */
    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

    private ProgramLookup() {}

    /** What came of a look-up. */
    public sealed interface Found {
        /** It is there, and may be executed. */
        record At(Path program) implements Found {}

        /** {@code why} says what to do. */
        record Nowhere(String why) implements Found {}
    }

    /** The path found is absolute: it is executed from within {@code directory}. */
    public static Found find(String name, Path directory, Map<String, String> environment) {
        Optional<String> closed = obstacle(directory);
        return closed.<Found>map(Found.Nowhere::new).orElseGet(() -> findFrom(name, directory, environment));
    }

    private static Optional<String> obstacle(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Optional.of(
                    Files.exists(directory)
                            ? "its directory %s is a file: correct `directory`".formatted(directory)
                            : isHidden(directory)
                                    ? hidden("its directory", directory)
                                    : "its directory %s does not exist: create it or correct `directory`"
                                            .formatted(directory));
        }
        return Files.isExecutable(directory)
                ? Optional.empty()
                : Optional.of(
                        "its directory %s may not be entered by the service's user: run chmod +x on it, or choose another"
                                .formatted(directory));
    }

    private static String hidden(String what, Path path) {
        return "%s %s can't be seen by the service's user: run chmod +x on the folders above it, or choose another"
                .formatted(what, path);
    }

    /** Neither there nor not there: the way to it is closed. */
    private static boolean isHidden(Path path) {
        return !Files.exists(path) && !Files.notExists(path);
    }

    private static Found findFrom(String name, Path directory, Map<String, String> environment) {
        Path start = directory.toAbsolutePath();
        if (name.contains("/")) {
            return check(name, start.resolve(name).normalize());
        }
        String path = environment.getOrDefault("PATH", DEFAULT_PATH);
        for (String folder : path.split(":", -1)) {
            Path candidate = start.resolve(folder).resolve(name);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return new Found.At(candidate);
            }
        }
        return new Found.Nowhere(
                "there is no program %s on the PATH %s: install it, or name it by its full path".formatted(name, path));
    }

    private static Found check(String name, Path program) {
        if (isHidden(program)) {
            return new Found.Nowhere(hidden("the file", program));
        }
        if (!Files.exists(program)) {
            return new Found.Nowhere("there is no file %s: correct the command".formatted(program));
        }
        if (Files.isDirectory(program)) {
            return new Found.Nowhere("%s is a directory: name the program in it".formatted(program));
        }
        if (!Files.isExecutable(program)) {
            return new Found.Nowhere(("%s may not be executed: run chmod +x on it, "
                            + "or start it by its interpreter, as in [\"python\", \"%s\"]")
                    .formatted(program, name));
        }
        return new Found.At(program);
    }
}
