package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.ConfigFile.InForce;
import org.jupyterrestart.config.ConfigFile.Opened;
import org.jupyterrestart.config.ConfigFile.Outcome;
import org.jupyterrestart.home.ConfigPlaces;

/** What comes of a file that people edit, replace, spoil, remove and bring back. */
class ConfigFileTest {
    private static final String GOOD = "[service]\nlog_keep = 3\n";
    private static final String BETTER = "[service]\nlog_keep = 4\n";
    private static final String BAD = "[service]\nlog_keep = \"five\"\nlogs = 1\n";

    @TempDir
    Path folder;

    private int minute;

    private Path path() {
        return folder.resolve("restart.toml");
    }

    private ConfigFile open() {
        ConfigPlaces places = new ConfigPlaces(List.of(folder.resolve("first.toml"), path()), false);
        Opened opened = ConfigFile.open(places, new ConfigLoader(Overrides.NONE, ZoneOffset.UTC));
        return assertInstanceOf(Opened.Good.class, opened).file();
    }

    /** Each text is of another minute: the clock of a file system is too coarse to tell two of one moment apart. */
    private void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(60L * ++minute)));
    }

    private static Optional<Outcome> lookTwice(ConfigFile file) {
        assertEquals(Optional.empty(), file.look(), "what has just changed may not be whole");
        return file.look();
    }

    private InForce good(String text) {
        ConfigLoader loader = new ConfigLoader(Overrides.NONE, ZoneOffset.UTC);
        Config config = assertInstanceOf(ConfigLoader.Result.Loaded.class, loader.parse(path(), text))
                .config();
        return new InForce(Optional.of(path()), text, config, List.of());
    }

    private List<String> problems() {
        return List.of(
                path() + ":2:1: service.log_keep must be a whole number, but is a text",
                path() + ":3:1: unknown key \"logs\" in [service]: did you mean \"log\"?");
    }

    @Test
    void editIsTakenWhenTheFileStandsStill() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        assertEquals(Optional.empty(), file.look());
        write(path(), "[service]\nlog_k");
        assertEquals(Optional.empty(), file.look(), "half of it is written");
        write(path(), BETTER);
        assertEquals(Optional.of(new Outcome.Taken(good(BETTER))), lookTwice(file));
        assertEquals(good(BETTER), file.inForce());
        assertEquals(Optional.empty(), file.look());
    }

    @Test
    void badEditIsToldOnceAndTheLastGoodOneStays() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        write(path(), BAD);
        assertEquals(Optional.of(new Outcome.Rejected(problems())), lookTwice(file));
        assertEquals(good(GOOD).spoiled(problems()), file.inForce());
        assertEquals(Optional.empty(), file.look());
        write(path(), GOOD);
        assertEquals(Optional.of(new Outcome.Taken(good(GOOD))), lookTwice(file), "put right again");
    }

    @Test
    void fileThatAnEditorReplacesIsFollowed() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        Path draft = folder.resolve("restart.toml~");
        write(draft, BETTER);
        Files.delete(path());
        assertEquals(Optional.empty(), file.look());
        Files.move(draft, path(), StandardCopyOption.ATOMIC_MOVE);
        assertEquals(Optional.of(new Outcome.Taken(good(BETTER))), lookTwice(file));
    }

    @Test
    void touchedFileIsNoNews() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        write(path(), GOOD);
        assertEquals(Optional.empty(), lookTwice(file));
    }

    @Test
    void fileThatIsGoneStaysInForceAndIsMissed() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        Files.delete(path());
        List<String> missed =
                List.of(path() + ":1:1: the file is gone: write it again, empty if nothing is to be said");
        assertEquals(Optional.of(new Outcome.Rejected(missed)), lookTwice(file));
        assertEquals(good(GOOD).spoiled(missed), file.inForce());
        write(path(), GOOD);
        assertEquals(Optional.of(new Outcome.Taken(good(GOOD))), lookTwice(file));
    }

    @Test
    void fileThatAppearsLaterIsTaken() throws IOException {
        ConfigFile file = open();
        InForce none = new InForce(Optional.empty(), "", Config.DEFAULT, List.of());
        assertEquals(none, file.inForce());
        write(path(), BAD);
        assertEquals(Optional.of(new Outcome.Rejected(problems())), lookTwice(file));
        Files.delete(path());
        assertEquals(Optional.of(new Outcome.Taken(none)), lookTwice(file), "as if it had never been");
        write(path(), GOOD);
        assertEquals(Optional.of(new Outcome.Taken(good(GOOD))), lookTwice(file));
    }

    @Test
    void writtenTextIsInForceAtOnceAndNoNewsLater() throws IOException {
        write(path(), GOOD);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-r-----"));
        ConfigFile file = open();
        assertEquals(new Outcome.Taken(good(BETTER)), file.write(BETTER));
        assertEquals(
                List.of(good(BETTER), BETTER, "rw-r-----"),
                List.of(
                        file.inForce(),
                        Files.readString(path()),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(path()))));
        assertEquals(Optional.empty(), file.look());
        assertEquals(Optional.empty(), file.look());
    }

    @Test
    void badTextIsNotWritten() throws IOException {
        write(path(), GOOD);
        ConfigFile file = open();
        assertEquals(new Outcome.Rejected(problems()), file.write(BAD));
        assertEquals(List.of(good(GOOD), GOOD), List.of(file.inForce(), Files.readString(path())));
    }

    @Test
    void linkedFileIsWrittenWhereItIs() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("dotfiles")).resolve("restart.toml");
        write(elsewhere, GOOD);
        Files.createSymbolicLink(path(), elsewhere);
        assertEquals(new Outcome.Taken(good(BETTER)), open().write(BETTER));
        assertEquals(List.of(true, BETTER), List.of(Files.isSymbolicLink(path()), Files.readString(elsewhere)));
    }

    @Test
    void namedFileMustBeThere() {
        assertEquals(
                new Opened.Bad(List.of(path()
                        + ":1:1: can't be read (it does not exist): name a file that exists and is yours to read")),
                ConfigFile.open(ConfigPlaces.named(path()), new ConfigLoader(Overrides.NONE, ZoneOffset.UTC)));
    }
}
