package org.jupyterrestart.workload;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.App;

/**
 * By which ComfyUI-Manager tells who started ComfyUI under comfy-cli's rules that it wants to be started again: a file
 * named by a variable in ComfyUI's environment, and an end with exit code 0.
 *
 * @param environment the service's own
 */
record RebootFile(Map<String, String> environment) {
    private static final System.Logger LOG = System.getLogger(RebootFile.class.getName());
    private static final String VARIABLE = "__COMFY_CLI_SESSION__";

    boolean isThere(App app) {
        return file(app).filter(Files::isRegularFile).isPresent();
    }

    void remove(App app) {
        file(app).ifPresent(file -> {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.log(
                        WARNING,
                        "%s can't be removed: %s's next end may pass for a restart".formatted(file, app.name()),
                        e);
            }
        });
    }

    private Optional<Path> file(App app) {
        return app.program()
                .flatMap(program -> Optional.ofNullable(
                                program.environmentIn(environment).get(VARIABLE))
                        .filter(session -> !session.isEmpty())
                        .flatMap(session -> path(program.directory().orElse(Path.of("/")), session + ".reboot")));
    }

    private static Optional<Path> path(Path directory, String file) {
        try {
            return Optional.of(directory.resolve(file));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }
}
