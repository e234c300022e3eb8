package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.home.ConfigPlaces;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.supervisor.AdoptionRequestBuilder;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.LiveConfig;
import org.jupyterrestart.supervisor.RefusedException;

/** A service whose config file is edited while it runs. */
class ConfiguringTest {
    private static final String WORK = """
        [app.work]
        command = ["work"]
        """;

    @TempDir
    Path folder;

    private int minute;
    private Stage stage;
    private LiveConfig config;

    @BeforeEach
    void start() throws IOException {
        write(WORK);
        ConfigFile file = assertInstanceOf(
                        ConfigFile.Opened.Good.class,
                        ConfigFile.open(ConfigPlaces.named(path()), new ConfigLoader(Overrides.NONE, ZoneOffset.UTC)))
                .file();
        stage = new Stage(file.inForce().config());
        config = new LiveConfig(file, stage.clock, stage.supervisor);
        config.start();
    }

    private Path path() {
        return folder.resolve("restart.toml");
    }

    private void write(String text) throws IOException {
        Files.writeString(path(), text);
        Files.setLastModifiedTime(path(), FileTime.from(Instant.EPOCH.plusSeconds(60L * ++minute)));
    }

    /** As long as the service may take to see it. */
    private void edit(String text) throws IOException {
        write(text);
        config.touched();
        stage.pass(Duration.ofSeconds(3));
    }

    private void adoptLab() throws RefusedException {
        stage.supervisor.adopt(
                "lab",
                AdoptionRequestBuilder.server(stage.os.start("lab").identity().pid(), 8888)
                        .build());
        stage.pass(Duration.ZERO);
    }

    @Test
    void editedScheduleCountsAtOnceAndTouchesNoProcess() throws IOException {
        OptionalInt pid =
                stage.view("work").flatMap(view -> Optional.of(view.pid())).orElseThrow();
        long before = stage.log.lastSeq();
        edit(WORK + "every = \"1h\"\n");
        assertEquals(List.of("config.loaded"), stage.toldAfter(before));
        assertEquals(
                "The config %s is in force. Changed: work".formatted(path()),
                stage.last().message());
        AppView after = stage.view("work").orElseThrow();
        assertEquals(List.of("running", pid), List.of(after.state(), after.pid()));
        stage.pass(Duration.ofMinutes(61));
        assertEquals(1, stage.view("work").orElseThrow().restarts());
    }

    @Test
    void badFileIsToldAndChangesNothing() throws IOException {
        AppView before = stage.view("work").orElseThrow();
        edit("[app.work]\ncommand = 5\nevry = \"1h\"\n");
        assertEquals("config.rejected", stage.last().type().wireName());
        assertEquals(
                ("The config file has 2 problems; the config before it stays in force: %s:2:1: app.work.command must be"
                                + " a list in [ ], but is a number; %s:3:1: unknown key \"evry\" in [app.work]:"
                                + " did you mean \"every\"?")
                        .formatted(path(), path()),
                stage.last().message());
        assertEquals(before.nextRestart(), stage.view("work").orElseThrow().nextRestart());
        assertEquals(2, config.inForce().problems().size());
    }

    @Test
    void newAppStartsAndANewCommandWaits() throws IOException {
        edit("""
            [app.work]
            command = ["work", "--other"]
            [app.other]
            command = ["other"]
            [app.later]
            command = ["later"]
            autostart = false
            """);
        assertEquals(
                List.of("running", "running", "stopped"),
                List.of(stage.state("work"), stage.state("other"), stage.state("later")));
        assertEquals(
                "The config %s is in force. New: other, later; changed: work; with a new command from the next start on: work"
                        .formatted(path()),
                stage.log.all().get(3).message());
    }

    @Test
    void appThatIsTakenOutIsStoppedAndForgotten() throws IOException {
        long before = stage.log.lastSeq();
        edit("");
        assertEquals(
                List.of("config.loaded", "work app.stopping"),
                stage.toldAfter(before).subList(0, 2));
        stage.pass(Duration.ofSeconds(30));
        assertEquals("work app.stopped", stage.toldAfter(before).getLast());
        assertEquals("unknown", stage.state("work"));
        assertEquals(List.of(), stage.os.live());
        assertEquals(List.of(), stage.store.saved().apps());
    }

    @Test
    void appThatIsPutBackBeforeItHasStoppedIsStartedAgain() throws IOException {
        edit("");
        edit(WORK);
        stage.pass(Duration.ofSeconds(30));
        assertEquals("running", stage.state("work"));
    }

    @Test
    void restartsOfAnAppThatWasForgottenHaveIdsOfTheirOwn() throws Exception {
        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(1));
        edit("");
        stage.pass(Duration.ofSeconds(30));
        edit(WORK);
        Optional<String> id =
                stage.supervisor.restart("work", Reason.MANUAL, false).restartId();
        assertEquals(
                0,
                stage.log.all().stream()
                        .filter(event -> event.restartId().equals(id))
                        .filter(event -> event.type().wireName().equals("restart.completed"))
                        .count());
    }

    @Test
    void appThatCameByItselfGoesOnWithoutItsWordsInTheFile() throws Exception {
        edit(WORK + "[app.lab]\npreset = \"jupyterlab\"\nevery = \"1h\"\n");
        assertEquals("stopped", stage.state("lab"));
        adoptLab();
        Instant hourly = stage.view("lab").orElseThrow().nextRestart().orElseThrow();
        edit(WORK);
        AppView lab = stage.view("lab").orElseThrow();
        assertEquals(List.of("running", true), List.of(lab.state(), lab.wantedUp()));
        assertEquals(true, lab.nextRestart().orElseThrow().isAfter(hourly.plus(Duration.ofHours(4))));
    }

    @Test
    void appOfTheFileThatWasNeverThereIsForgottenWithIt() throws Exception {
        edit(WORK + "[app.lab]\npreset = \"jupyterlab\"\n");
        edit(WORK);
        assertEquals("unknown", stage.state("lab"));
    }

    @Test
    void textThatIsPutIsInForceAtOnce() throws IOException {
        assertInstanceOf(LiveConfig.Written.Taken.class, config.write(WORK + "enabled = false\n"));
        stage.pass(Duration.ZERO);
        assertEquals(false, stage.view("work").orElseThrow().enabled());
        long seq = stage.log.lastSeq();
        stage.pass(Duration.ofSeconds(5));
        assertEquals(seq, stage.log.lastSeq(), "the edit of its own is no news");
    }

    @Test
    void serviceThatComesBackFinishesWhatTheFileHasEnded() throws IOException {
        edit("");
        stage.os.live().forEach(process -> stage.os.exit(process.identity(), new ExitStatus.Signal(9)));
        stage.pass(Duration.ofSeconds(5));
        assertEquals(List.of(), stage.store.saved().apps());
    }
}
