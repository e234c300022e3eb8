package org.jupyterrestart.home;

import java.nio.file.Files;
import java.nio.file.Path;

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
}
