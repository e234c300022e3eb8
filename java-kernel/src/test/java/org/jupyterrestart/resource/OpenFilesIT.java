package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.process.ProcessIdentity;

/** This very process holds a deleted file. */
class OpenFilesIT {
    private static final List<ProcessIdentity> US =
            List.of(new ProcessIdentity("boot", (int) ProcessHandle.current().pid(), 1));

    @Test
    void deletedFileCountsAsLongAsItIsOpen(@TempDir Path folder) throws IOException {
        OpenFiles files = new OpenFiles(Path.of("/proc"));
        Path file = folder.resolve("spill");
        long before = files.deleted(US, folder);
        try (OutputStream out = Files.newOutputStream(file);
                OutputStream again = Files.newOutputStream(file)) {
            out.write(new byte[123_456]);
            assertEquals(before, files.deleted(US, folder));
            Files.delete(file);
            assertEquals(before + 123_456, files.deleted(US, folder));
            assertEquals(0, files.deleted(US, Path.of("/proc")));
            again.flush();
        }
        assertEquals(before, files.deleted(US, folder));
    }

    @Test
    void folderThatIsGoneHoldsNothing(@TempDir Path folder) {
        assertEquals(0, new OpenFiles(Path.of("/proc")).deleted(US, folder.resolve("gone")));
    }
}
