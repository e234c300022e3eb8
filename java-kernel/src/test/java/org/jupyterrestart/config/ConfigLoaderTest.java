package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.AppSpec.Standby;
import org.jupyterrestart.config.AppSpec.Unsaved;
import org.jupyterrestart.config.Config.Service;
import org.jupyterrestart.config.Config.Webhook;
import org.jupyterrestart.config.ConfigLoader.Result;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.Schedule.Manners;
import org.jupyterrestart.lifecycle.Schedule.Missed;
import org.jupyterrestart.lifecycle.Schedule.Quiet;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.StopSequence.Stage;
import org.jupyterrestart.output.OutputLimits;

class ConfigLoaderTest {
    private static final Path FILE = Path.of("/etc/jupyter/restart.toml");
    private static final Duration SIX_HOURS = Duration.ofHours(6);

    @TempDir
    Path folder;

    @Test
    void everyKeyIsRead() throws IOException {
        AppSpec comfyui = new AppSpecBuilder("comfyui")
                .preset("comfyui")
                .title("Comfy")
                .program(Program.of(
                        List.of("python", "main.py", "--port", "8188"),
                        Optional.of(Path.of("/notebooks/ComfyUI")),
                        Map.of("HF_HOME", "/storage/hf")))
                .enabled(false)
                .autostart(false)
                .schedule(new Schedule.Cron(
                        "0 3 * * *",
                        new Manners(
                                Duration.ofMinutes(5),
                                List.of(
                                        new Quiet(LocalTime.of(22, 0), LocalTime.of(7, 0)),
                                        new Quiet(LocalTime.of(12, 0), LocalTime.of(13, 0))),
                                Missed.SKIP,
                                ZoneId.of("Europe/Paris"))))
                .whenIdle(Duration.ofMinutes(10))
                .drainLimit(Duration.ofMinutes(3))
                .notice(Duration.ofMinutes(2))
                .stop(new StopSequence(List.of(
                        new Stage(2, Duration.ofSeconds(5)),
                        new Stage(15, Duration.ofSeconds(10)),
                        new Stage(9, StopSequence.KILL_GRACE))))
                .startGrace(Duration.ofSeconds(90))
                .keep(List.of("cloudflared"))
                .limits(new Limits(
                        OptionalLong.of(20L << 30),
                        OptionalLong.of(3L << 29),
                        OptionalLong.of(2L << 30),
                        OptionalLong.of(5L << 30)))
                .probe(new ProbeSpec(
                        new ProbeSpec.Check.Http("http://127.0.0.1:8188/system_stats"),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(3),
                        2))
                .restart(new RestartPolicy(
                        RestartPolicy.On.ALWAYS,
                        Duration.ofSeconds(2),
                        1.5,
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(5),
                        3,
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(20)))
                .hooks(new Hooks(
                        List.of(new Hook(new Hook.Deed.Run(List.of("./cleanup.sh")), Duration.ofSeconds(30), true)),
                        List.of(new Hook(
                                new Hook.Deed.Http(Hook.Method.POST, "https://example.org/up"), Hook.TIMEOUT, false)),
                        List.of(
                                new Hook(new Hook.Deed.Run(List.of("./page.sh", "me")), Hook.TIMEOUT, false),
                                new Hook(
                                        new Hook.Deed.Http(Hook.Method.POST, "http://127.0.0.1/down"),
                                        Duration.ofSeconds(1),
                                        false))))
                .dependsOn(List.of("ollama"))
                .standby(Standby.NEVER)
                .unsaved(Unsaved.HOLD)
                .build();
        AppSpec ollama = Presets.OLLAMA
                .start("ollama")
                .program(Program.of(List.of("ollama", "serve"), Optional.empty(), Map.of()))
                .schedule(new Schedule.Every(Duration.ofDays(1), Manners.PLAIN))
                .stop(StopSequence.termThenKill(Duration.ofSeconds(20)))
                .probe(new ProbeSpec(
                        new ProbeSpec.Check.Tcp("127.0.0.1", 11434),
                        ProbeSpec.EVERY,
                        ProbeSpec.TIMEOUT,
                        ProbeSpec.FAILURES))
                .build();

        assertEquals(
                new Result.Loaded(new Config(
                        new Service(
                                Optional.of(Path.of("/etc/jupyter/state")),
                                Optional.of(Path.of("/storage/ComfyUI/restart.log")),
                                20L << 20,
                                3,
                                new OutputLimits(1L << 20, Optional.of(Duration.ofDays(1)), 9),
                                Duration.ofSeconds(2),
                                Optional.of(Duration.ofHours(6))),
                        List.of(comfyui, ollama),
                        List.of(
                                new Webhook("https://example.org/hook", List.of("restart.*", "app.crashed")),
                                new Webhook("http://127.0.0.1:9000/", Webhook.ALL)))),
                load(resource("everything.toml")));
    }

    @Test
    void anEmptyFileIsTheDefault() {
        assertEquals(new Result.Loaded(Config.DEFAULT), load(""));
        assertEquals(Config.DEFAULT, loader(Overrides.NONE).withoutFile());
    }

    @Test
    void anAppThatSaysNothingHasTheDefaultsOfItsPreset() {
        assertEquals(
                apps(
                        new AppSpecBuilder("tool").build(),
                        Presets.JUPYTERLAB.start("jupyterlab").build()),
                load("[app.tool]\n[app.jupyterlab]\n"));
        assertEquals(apps(Presets.JUPYTERLAB.start("lab").build()), load("[app.lab]\npreset = \"jupyterlab\"\n"));
        assertEquals(
                Presets.JUPYTERLAB.start("jupyterlab-8889").build(),
                loader(Overrides.NONE).specOf("jupyterlab-8889", Presets.JUPYTERLAB));
    }

    @Test
    void theEnvironmentWinsOverTheFile() {
        Overrides overrides = new Overrides(
                Optional.of(Duration.ofSeconds(90)), Optional.of(Path.of("/var/r.log")), Optional.empty(), true);
        Schedule given = new Schedule.Every(Duration.ofSeconds(90), Manners.PLAIN);
        Schedule own = new Schedule.Every(Duration.ofHours(1), Manners.PLAIN);

        assertEquals(
                new Result.Loaded(new Config(
                        new Service(
                                Optional.empty(),
                                overrides.log(),
                                10L << 20,
                                5,
                                OutputLimits.USUAL,
                                Duration.ofSeconds(5),
                                Optional.empty()),
                        List.of(
                                Presets.COMFYUI
                                        .start("comfyui")
                                        .schedule(given)
                                        .enabled(false)
                                        .build(),
                                new AppSpecBuilder("own")
                                        .schedule(own)
                                        .enabled(false)
                                        .build(),
                                new AppSpecBuilder("none")
                                        .schedule(given)
                                        .enabled(false)
                                        .build()),
                        List.of())),
                loader(overrides).parse(FILE, """
                    service.log = "/tmp/x.log"
                    app.comfyui.every = "1h"
                    app.own = { every = "1h", enabled = true }
                    app.none = {}
                    """));
    }

    @Test
    void neverIsNoSchedule() {
        assertEquals(
                apps(new AppSpecBuilder("tool").schedule(Schedule.never()).build()),
                load("[app.tool]\nevery = \"never\"\n"));
    }

    @Test
    void theDefaultIsSixHoursInTheLocalZone() {
        ZoneId paris = ZoneId.of("Europe/Paris");
        Manners manners = new Manners(Duration.ZERO, List.of(), Missed.ONCE, paris);

        assertEquals(
                apps(new AppSpecBuilder("tool")
                        .schedule(new Schedule.Every(SIX_HOURS, manners))
                        .build()),
                new ConfigLoader(Overrides.NONE, paris).parse(FILE, "app.tool = {}"));
    }

    @Test
    void whatIsWrongIsToldAllAtOnceInTheOrderOfTheFile() throws IOException {
        assertEquals(
                new Result.Rejected(resource("wrong.txt")
                        .lines()
                        .map(problem -> FILE + ":" + problem)
                        .toList()),
                load(resource("wrong.toml")));
    }

    @Test
    void aCommandThatIsWrittenAsForAShellIsToldAsAList() {
        assertEquals(
                new Result.Rejected(List.of(
                        FILE + ":2:1: app.a.command: write it as a list: [\"python\", \"main.py\"]",
                        FILE + ":4:1: app.b.command: write it as a list: [\"sh\", \"-c\", \"cd '/a b' && ./run\"]")),
                load("""
                    [app.a]
                    command = "python  main.py"
                    [app.b]
                    command = "cd '/a b' && ./run"
                    """));
    }

    @Test
    void aFileThatIsNoTomlIsToldWithTheRest() {
        assertEquals(
                new Result.Rejected(List.of(
                        FILE + ":2:10: Unexpected 'h', expected a newline or end-of-input",
                        FILE + ":4:1: app.tool previously defined at line 1, column 1",
                        FILE + ":5:1: unknown key \"evry\" in [app.tool]: did you mean \"every\"?")),
                load("""
                    [app.tool]
                    every = 6h

                    [app.tool]
                    evry = "6h"
                    """));
    }

    @Test
    void aFileThatCanNotBeReadIsTold() {
        Path missing = folder.resolve("restart.toml");

        assertEquals(
                new Result.Rejected(List.of(
                        "%s:1:1: can't be read (it does not exist): name a file that exists and is yours to read"
                                .formatted(missing))),
                loader(Overrides.NONE).load(missing));
    }

    @Test
    void aFileThatIsTooLargeForAConfigIsRefusedUnread() throws IOException {
        Path large = Files.writeString(folder.resolve("large.toml"), "#".repeat((1 << 20) + 1));

        assertEquals(
                new Result.Rejected(List.of(
                        "%s:1:1: can't be read (it is larger than 1 MB): name a file that exists and is yours to read"
                                .formatted(large))),
                loader(Overrides.NONE).load(large));
    }

    @Test
    void aFileIsRead() throws IOException {
        Path file = Files.writeString(folder.resolve("restart.toml"), "[app.tool]\n");

        assertEquals(
                apps(new AppSpecBuilder("tool").build()), loader(Overrides.NONE).load(file));
    }

    @Test
    void aByteOrderMarkMeansNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("restart.toml"), "\ufeff[app.tool]\n");

        assertEquals(
                apps(new AppSpecBuilder("tool").build()), loader(Overrides.NONE).load(file));
    }

    @Test
    void aByteThatIsNoUtf8IsToldWithItsPlace(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("restart.toml");
        Files.write(file, "[service]\nlog = \"caf\u00e9\"\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                new Result.Rejected(List.of(file + ":2:11: the byte 0xe9 is no UTF-8: save the file as UTF-8")),
                new ConfigLoader(Overrides.NONE, ZoneOffset.UTC).load(file));
    }

    static String resource(String name) throws IOException {
        try (InputStream in = ConfigLoaderTest.class.getResourceAsStream("/config/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Result load(String text) {
        return loader(Overrides.NONE).parse(FILE, text);
    }

    private static ConfigLoader loader(Overrides overrides) {
        return new ConfigLoader(overrides, ZoneOffset.UTC);
    }

    private static Result apps(AppSpec... apps) {
        return new Result.Loaded(new Config(Service.DEFAULT, List.of(apps), List.of()));
    }
}
