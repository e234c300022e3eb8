package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigPlacesTest {
    @TempDir
    Path folder;

    private Optional<Path> file(Map<String, String> environment) {
        return ConfigPlaces.of(environment).file();
    }

    @Test
    void configIsWhatTheEnvironmentNamesBeforeWhatLiesAround() throws IOException {
        Path own = Files.createDirectory(folder.resolve(".jupyter")).resolve("restart.toml");
        Map<String, String> plain = Map.of("HOME", folder.toString());
        assertEquals(Optional.empty(), file(plain));
        Files.createFile(own);
        assertEquals(Optional.of(own), file(plain));
        Path other = Files.createDirectory(folder.resolve("other")).resolve("restart.toml");
        Files.createFile(other);
        assertEquals(
                Optional.of(other),
                file(Map.of(
                        "HOME",
                        folder.toString(),
                        "JUPYTER_CONFIG_DIR",
                        other.getParent().toString())));
        assertEquals(
                Optional.of(Path.of("/named.toml")),
                file(Map.of("HOME", folder.toString(), "JUPYTER_RESTART_CONFIG", "/named.toml")),
                "a named one counts even where it is not");
    }
}
