package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.ConfigLoader.Result;
import org.jupyterrestart.lifecycle.StopSequence;

class GivenAppTest {
    private static final Path FILE = Path.of("/etc/restart.toml");
    private static final Path WORK = Path.of("/work");

    @Test
    void anAppThatNoFileSpeaksOfIsOfItsPreset() {
        Config config = loader("jupyterlab", "jupyter", "lab").withoutFile();

        assertEquals(
                Optional.of(plain("jupyterlab", Presets.JUPYTERLAB)
                        .program(Program.of(List.of("jupyter", "lab"), Optional.of(WORK), Map.of()))
                        .build()),
                config.app("jupyterlab"));
    }

    @Test
    void whatTheFileSaysOfItCountsButItsCommand() {
        Result result = loader("tool", "other", "command").parse(FILE, """
            [app.tool]
            command = ["a"]
            directory = "/d"
            environment = { A = "1" }
            grace = "3s"
            [app.first]
            command = ["b"]
            """);

        assertEquals(
                new Result.Loaded(new Config(
                        Config.Service.DEFAULT,
                        List.of(
                                new AppSpecBuilder("first")
                                        .program(Program.of(List.of("b"), Optional.empty(), Map.of()))
                                        .build(),
                                plain("tool", Presets.GENERIC)
                                        .stop(StopSequence.termThenKill(Duration.ofSeconds(3)))
                                        .program(Program.of(
                                                List.of("other", "command"),
                                                Optional.of(Path.of("/d")),
                                                Map.of("A", "1")))
                                        .build()),
                        List.of())),
                result);
    }

    private static AppSpecBuilder plain(String name, Presets preset) {
        return preset.start(name).autostart(false);
    }

    private static ConfigLoader loader(String name, String... command) {
        return new ConfigLoader(
                Overrides.NONE, ZoneOffset.UTC, Optional.of(new GivenApp(name, List.of(command), WORK)));
    }
}
