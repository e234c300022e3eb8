package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.FragileDisk;

class PowerCutIT {
    @TempDir
    Path folder;

    @Test
    void aFileThatWasWrittenToLastIsThereAsAWhole() throws IOException {
        try (FragileDisk disk = FragileDisk.in(folder)) {
            Path file = disk.folder().resolve("restart.toml");
            AtomicFile.writeLasting(file, "a = 1", "rw-------");
            disk.sync();

            AtomicFile.writeLasting(file, "a = 2", "rw-------");
            disk.loseAndRegainPower();

            assertEquals("a = 2", Files.readString(file));
        }
    }
}
