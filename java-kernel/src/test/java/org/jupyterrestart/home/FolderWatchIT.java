package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderWatchIT {
    @TempDir
    Path folder;

    private final Semaphore told = new Semaphore(0);

    @Test
    void aFileThatComesChangesOrGoesIsTold() throws Exception {
        Path file = folder.resolve("restart.toml");
        try (FolderWatch _ = FolderWatch.start(Set.of(folder, folder.resolve("missing")), told::release)
                .orElseThrow()) {
            AtomicFile.write(file, "a = 1", "rw-------");
            assertTold();
            Files.writeString(file, "a = 2");
            assertTold();
            Files.delete(file);
            assertTold();
        }
    }

    private void assertTold() throws InterruptedException {
        assertTrue(told.tryAcquire(30, TimeUnit.SECONDS));
        // One thing may be told in several parts.
        while (told.tryAcquire(200, TimeUnit.MILLISECONDS)) {}
    }
}
