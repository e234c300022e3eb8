package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.ConfigLoader.Result;

class TomlTextTest {
    private static final Path FILE = Path.of("/etc/restart.toml");
    private static final ConfigLoader LOADER = new ConfigLoader(Overrides.NONE, ZoneId.of("Europe/Paris"));

    @Test
    void whatIsWrittenIsReadBackAsTheSame() throws IOException {
        Result everything = LOADER.parse(FILE, ConfigLoaderTest.resource("everything.toml"));

        assertEquals(everything, readBack(everything));
    }

    @Test
    void whatIsInNoFileIsReadBackToo() {
        Result nothing = new Result.Loaded(LOADER.withoutFile());

        assertEquals(nothing, readBack(nothing));
    }

    @Test
    void namesAndTextsThatTomlWouldMistakeAreQuoted() {
        String text = "[app.\"a.b\"]\n"
                + "title = \"say \\\"hi\\\"\\n"
                + "\\\\o/\"\n"
                + "command = [\"x\"]\n"
                + "environment = { \"a b\" = \"#\" }\n";
        Result result = LOADER.parse(FILE, text);

        assertEquals(result, readBack(result));
    }

    @Test
    void eachKindOfProbeAndScheduleIsReadBack() {
        Result result = LOADER.parse(FILE, """
            app.a = { every = "never", probe = { tcp = "127.0.0.1:80" } }
            app.b = { cron = "0 3 * * *", timezone = "UTC", probe = { progress = "cpu" } }
            app.c = { grace = "3s", probe = { exec = ["true"] }, restart = { factor = 1.5 } }
            app.d = { probe = { progress = "output" } }
            app.e = { probe = { progress = "./renders", busy = ["busy?"] } }
            """);

        assertEquals(result, readBack(result));
    }

    @Test
    void aValueOfTheEnvironmentIsMarked() {
        Overrides overrides =
                new Overrides(Optional.of(Duration.ofHours(1)), Optional.of(Path.of("/l")), Optional.empty(), false);
        Config config = new ConfigLoader(overrides, ZoneId.of("UTC")).withoutFile();

        assertEquals(
                List.of(
                        "[service]",
                        "log = \"/l\"  # by $RESTART_LOG_FILE",
                        "log_max_size = \"10MB\"",
                        "log_keep = 5",
                        "output_max_size = \"10MB\"",
                        "output_keep = 5",
                        "output_rotate = \"never\"",
                        "sample_every = \"5s\""),
                TomlText.lines(ConfigTree.of(config), Map.of("service.log", "by $RESTART_LOG_FILE")));
    }

    private static Result readBack(Result result) {
        return switch (result) {
            case Result.Loaded(Config config) ->
                LOADER.parse(FILE, String.join("\n", TomlText.lines(ConfigTree.of(config), Map.of())));
            case Result.Rejected rejected -> throw new AssertionError(rejected);
        };
    }
}
