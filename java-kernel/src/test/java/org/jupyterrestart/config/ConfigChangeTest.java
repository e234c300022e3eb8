package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.ConfigChange.Edit;
import org.jupyterrestart.lifecycle.Schedule;

class ConfigChangeTest {
    private static final AppSpec COMFYUI = app("comfyui", "main.py").build();
    private static final AppSpec OTHER_COMMAND = app("comfyui", "other.py").build();
    private static final AppSpec OTHER_TIMES =
            app("comfyui", "main.py").schedule(Schedule.never()).build();
    private static final AppSpec OLLAMA = app("ollama", "serve").build();
    private static final Optional<Path> FILE = Optional.of(Path.of("/etc/restart.toml"));

    private static AppSpecBuilder app(String name, String command) {
        return new AppSpecBuilder(name).program(Program.of(List.of(command), Optional.empty(), Map.of()));
    }

    private static Config config(AppSpec... apps) {
        return new Config(Config.Service.DEFAULT, List.of(apps), List.of());
    }

    @Test
    void sameConfigChangesNothing() {
        ConfigChange change = ConfigChange.between(config(COMFYUI), config(COMFYUI));
        assertEquals(new ConfigChange(List.of(), List.of(), List.of(), false), change);
        assertEquals("The config /etc/restart.toml is in force", change.describe(FILE));
        assertEquals("The config without a file is in force", change.describe(Optional.empty()));
    }

    @Test
    void eachAppIsNewChangedOrGone() {
        ConfigChange change = ConfigChange.between(
                config(COMFYUI, OLLAMA),
                config(OTHER_COMMAND, app("vllm", "serve").build()));
        assertEquals(
                new ConfigChange(
                        List.of(app("vllm", "serve").build()),
                        List.of(new Edit(COMFYUI, OTHER_COMMAND)),
                        List.of("ollama"),
                        false),
                change);
        assertEquals(
                "The config /etc/restart.toml is in force. New: vllm; changed: comfyui; no longer in it: ollama;"
                        + " with a new command from the next start on: comfyui",
                change.describe(FILE));
        assertEquals(
                Map.of(
                        "file",
                        "/etc/restart.toml",
                        "added",
                        List.of("vllm"),
                        "changed",
                        List.of("comfyui"),
                        "removed",
                        List.of("ollama"),
                        "next_start",
                        List.of("comfyui")),
                change.data(FILE));
    }

    @Test
    void onlyTheProgramWaitsForTheNextStart() {
        ConfigChange change = ConfigChange.between(config(COMFYUI), config(OTHER_TIMES));
        assertEquals("The config /etc/restart.toml is in force. Changed: comfyui", change.describe(FILE));
    }

    @Test
    void otherHomeWaitsForTheNextService() {
        Config.Service usual = Config.Service.DEFAULT;
        Config.Service moved = new Config.Service(
                Optional.of(Path.of("/elsewhere")),
                usual.log(),
                usual.logMaxSize(),
                usual.logKeep(),
                usual.output(),
                usual.sampleEvery(),
                usual.machineEndsAfter());
        ConfigChange change = ConfigChange.between(config(), new Config(moved, List.of(), List.of()));
        assertEquals(
                "The config /etc/restart.toml is in force. The new home counts when the service is started again",
                change.describe(FILE));
    }
}
