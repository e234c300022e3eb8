package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.FragileDisk;

class JournalFileIT {
    @TempDir
    Path folder;

    @Test
    void aFileThatWasReplacedDoesNotComeBackAfterAPowerCut() throws IOException {
        try (FragileDisk disk = FragileDisk.in(folder)) {
            Path file = disk.folder().resolve("state.jsonl");
            JournalFile.replace(file, "old").close();
            disk.sync();

            JournalFile.replace(file, "new").close();
            disk.loseAndRegainPower();

            assertEquals("new\n", JournalFile.read(file));
        }
    }
}
