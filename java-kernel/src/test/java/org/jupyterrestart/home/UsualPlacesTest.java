package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsualPlacesTest {
    @TempDir
    Path folder;

    @Test
    void logAndPidFileAreInTheStorageWhereThereIsOne() throws IOException {
        Path storage = Files.createDirectory(folder.resolve("storage"));
        UsualPlaces places = new UsualPlaces(folder, storage);
        assertEquals(
                List.of(storage.resolve("restart.log"), storage.resolve("auto_restart.pid")),
                List.of(places.restartLog(), places.pidFile()));
    }

    @Test
    void withoutStorageTheyAreInTheHome() {
        UsualPlaces places = new UsualPlaces(folder, folder.resolve("storage"));
        assertEquals(
                List.of(folder.resolve("restart.log"), folder.resolve("auto_restart.pid")),
                List.of(places.restartLog(), places.pidFile()));
    }
}
