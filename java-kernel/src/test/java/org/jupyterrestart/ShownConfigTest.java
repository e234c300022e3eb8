package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.home.UsualPlaces;

class ShownConfigTest {
    @TempDir
    Path folder;

    @Test
    void onlyWhatTheEnvironmentChangesIsMarkedWithItsVariable() throws IOException {
        Path file = Files.writeString(folder.resolve("restart.toml"), """
            app.comfyui.every = "2h"
            app.off.enabled = false
            app.tool.every = "2h"
            """);
        ShownConfig shown = shown(
                Optional.of(file),
                Map.of(
                        "AUTO_RESTART_INTERVAL", "3600",
                        "COMFYUI_AUTO_RESTART_DISABLED", "true",
                        "RESTART_LOG_FILE", "/l"));

        assertEquals(
                Map.of(
                        "service.log", "RESTART_LOG_FILE",
                        "app.comfyui.every", "AUTO_RESTART_INTERVAL",
                        "app.comfyui.enabled", "COMFYUI_AUTO_RESTART_DISABLED",
                        "app.off.every", "AUTO_RESTART_INTERVAL",
                        "app.tool.enabled", "COMFYUI_AUTO_RESTART_DISABLED"),
                shown.fromEnvironment());
        assertEquals(
                List.of("[service]", "log = \"/l\"  # by $RESTART_LOG_FILE"),
                shown.toml().subList(0, 2));
    }

    @Test
    void withoutAFileTheUsualPlacesAreShown() {
        Path home = folder.resolve("home");
        ShownConfig shown = shown(Optional.empty(), Map.of("JUPYTER_CONFIG_DIR", folder.toString()));

        assertEquals(
                List.of(Optional.empty(), home + "/restart.log", home + "/auto_restart.pid", Map.of()),
                List.of(shown.file(), shown.log(), shown.pidFile(), shown.fromEnvironment()));
    }

    @Test
    void anAppThatCanNotBeStartedIsToldWithWhatToDo() throws IOException {
        Path file = Files.writeString(folder.resolve("restart.toml"), """
            app.good.command = ["true"]
            app.missing.command = ["./nowhere"]
            app.missing.directory = "."
            app.plain.command = ["./restart.toml"]
            app.plain.directory = "."
            app.nowhere = { command = ["true"], directory = "none" }
            app.file = { command = ["true"], directory = "restart.toml" }
            app.adopted.every = "2h"
            """);

        assertEquals(
                Map.of(
                        "missing", "there is no file %s/nowhere: correct the command".formatted(folder),
                        "plain",
                                ("%s may not be executed: run chmod +x on it, or start it by its interpreter,"
                                                + " as in [\"python\", \"./restart.toml\"]")
                                        .formatted(file),
                        "nowhere",
                                "its directory %s/none does not exist: create it or correct `directory`"
                                        .formatted(folder),
                        "file", "its directory %s is a file: correct `directory`".formatted(file)),
                shown(Optional.of(file), Map.of("PATH", "/usr/bin:/bin")).obstacles());
    }

    @Test
    void allThatIsWrongIsTold() throws IOException {
        Path file = Files.writeString(folder.resolve("restart.toml"), "[app.a]\nevry = 1\nstop = []\n");

        assertEquals(
                new Settings.Result.Rejected(List.of(
                        file + ":2:1: unknown key \"evry\" in [app.a]: did you mean \"every\"?",
                        file + ":3:1: app.a.stop: it must end in \"KILL\", the only signal that can't be ignored")),
                Settings.read(Optional.of(file), Map.of(), ZoneOffset.UTC));
    }

    private ShownConfig shown(Optional<Path> file, Map<String, String> environment) {
        return switch (Settings.read(file, environment, ZoneOffset.UTC)) {
            case Settings.Result.Read(Settings settings) ->
                ShownConfig.of(settings, new UsualPlaces(folder.resolve("home"), folder.resolve("none")));
            case Settings.Result.Rejected rejected -> throw new AssertionError(rejected);
        };
    }
}
