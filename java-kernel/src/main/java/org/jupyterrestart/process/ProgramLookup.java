package org.jupyterrestart.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds the file to execute as a shell would, but by the PATH and directory of the process to be, not by ours. */
final class ProgramLookup {
    /** What the kernel's own users fall back on when the environment has no PATH. */
    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

    private ProgramLookup() {}

    /** What came of a look-up. */
    sealed interface Found {
        record At(Path program) implements Found {}

        record Nowhere(String why) implements Found {}
    }

    /** The path found is absolute: it is executed from within {@code directory}. */
    static Found find(String name, Path directory, Map<String, String> environment) {
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
