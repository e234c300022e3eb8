package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.EnvironmentOverrides.Result;

class EnvironmentOverridesTest {
    @Test
    void nothingIsSaidByAbsentAndEmptyVariables() {
        assertEquals(new Result.Read(Overrides.NONE), EnvironmentOverrides.read(Map.of("HOME", "/root")));
        assertEquals(
                new Result.Read(Overrides.NONE),
                EnvironmentOverrides.read(Map.of("COMFYUI_RESTART_INTERVAL", "", "RESTART_PID_FILE", " ")));
    }

    @Test
    void everyVariableIsRead() {
        assertEquals(
                new Result.Read(new Overrides(
                        Optional.of(Duration.ofHours(6)),
                        Optional.of(Path.of("/var/log/restart.log")),
                        Optional.of(Path.of("/run/restart.pid")),
                        true)),
                EnvironmentOverrides.read(Map.of(
                        "AUTO_RESTART_INTERVAL", "21600",
                        "RESTART_LOG_FILE", "/var/log/restart.log",
                        "RESTART_PID_FILE", "/run/restart.pid",
                        "COMFYUI_AUTO_RESTART_DISABLED", "TRUE")));
    }

    @Test
    void theVariableForComfyUiCountsBeforeTheGeneralOne() {
        assertEquals(
                new Result.Read(new Overrides(
                        Optional.of(Duration.ofSeconds(60)), Optional.of(Path.of("/a.log")), Optional.empty(), false)),
                EnvironmentOverrides.read(Map.of(
                        "COMFYUI_RESTART_INTERVAL", "60",
                        "AUTO_RESTART_INTERVAL", "70",
                        "COMFYUI_RESTART_LOG", "/a.log",
                        "RESTART_LOG_FILE", "/b.log",
                        "COMFYUI_AUTO_RESTART_DISABLED", "false")));
    }

    @Test
    void everyBadVariableIsToldByName() {
        String interval = "is no interval: write whole seconds, as in 21600 for six hours";

        assertEquals(
                new Result.Rejected(List.of(
                        "environment variable COMFYUI_RESTART_INTERVAL: \"0\" " + interval,
                        "environment variable AUTO_RESTART_INTERVAL: \"6h\" " + interval,
                        "environment variable RESTART_LOG_FILE: \"a\0b\" is no path: Nul character not allowed",
                        "environment variable COMFYUI_AUTO_RESTART_DISABLED: \"yes\" is neither true nor false")),
                EnvironmentOverrides.read(Map.of(
                        "COMFYUI_RESTART_INTERVAL", "0",
                        "AUTO_RESTART_INTERVAL", "6h",
                        "RESTART_LOG_FILE", "a\0b",
                        "COMFYUI_AUTO_RESTART_DISABLED", "yes")));
    }
}
