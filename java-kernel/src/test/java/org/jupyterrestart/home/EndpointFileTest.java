package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.SmallDisk;
import org.jupyterrestart.api.wire.Endpoint;

class EndpointFileTest {
    @TempDir
    Path folder;

    @Test
    void onAFullDiskTheFileOfAKilledServiceIsWrittenOver() throws Exception {
        Endpoint longer = new Endpoint(38_000, "a token that is longer than the other", 12_345, "1.0");
        Endpoint shorter = new Endpoint(80, "token", 7, "1.0");
        try (SmallDisk disk = SmallDisk.in(folder)) {
            EndpointFile file = new EndpointFile(disk.folder());
            file.write(longer);
            disk.fill();
            file.write(shorter);

            assertEquals(Optional.of(shorter), file.read());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())));
            Files.delete(file.path());
            disk.fill();
            assertThrows(IOException.class, () -> file.write(longer));
        }
    }
}
