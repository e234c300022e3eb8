package org.jupyterrestart.home;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.process.ProcessIdentity;

class PidFileTest {
    private static final ServiceIdentity US = new ServiceIdentity(new ProcessIdentity("boot-2", 100, 7), "machine");
    private static final ProcessIdentity LIVE = new ProcessIdentity("boot-2", 200, 8);

    @TempDir
    Path folder;

    private Path home;
    private Path wanted;

    @BeforeEach
    void folders() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        wanted = folder.resolve("auto_restart.pid");
    }

    private static String written(String boot, int pid, long ticks, String host) {
        return new ServiceIdentity(new ProcessIdentity(boot, pid, ticks), host).render();
    }

    static Stream<Arguments> files() {
        return Stream.of(
                arguments("a dead process of this boot", written("boot-2", 200, 3, "machine"), Optional.empty()),
                arguments("an earlier boot, same pid", written("boot-1", 200, 8, "machine"), Optional.empty()),
                arguments(
                        "a live service",
                        written("boot-2", 200, 8, "machine"),
                        Optional.of("WANTED belongs to the running service 200: ours is OURS.")),
                arguments(
                        "another machine",
                        written("boot-9", 200, 8, "other"),
                        Optional.of("WANTED belongs to the machine other: ours is OURS.")),
                arguments("an old script, dead", "4711\n", Optional.empty()),
                arguments(
                        "an old script, live",
                        "200\n",
                        Optional.of("WANTED names the live process 200: ours is OURS.")),
                arguments("nothing", "", Optional.empty()),
                arguments("rubbish", "-1\0\n", Optional.empty()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void fileIsReplacedUnlessItIsAnothers(String what, String content, Optional<String> word) throws IOException {
        Files.writeString(wanted, content);
        Path ours = word.isEmpty() ? wanted : home.resolve("auto_restart.pid");
        PidFile.Claim claim = PidFile.claim(wanted, home, US, PidFileTest::identify);
        assertEquals(
                word.map(text -> text.replace("WANTED", wanted.toString()).replace("OURS", ours.toString())),
                claim.word(),
                what);
        assertEquals(US.render(), Files.readString(ours));
        assertEquals(word.isEmpty() ? US.render() : content, Files.readString(wanted));
    }

    @Test
    void firstLineIsThePid() {
        assertEquals("100\nboot=boot-2\nstart_ticks=7\nhost=machine\n", US.render());
    }

    @Test
    void missingFolderPutsItInTheHome() throws IOException {
        Path away = folder.resolve("no-such-folder").resolve("auto_restart.pid");
        PidFile.Claim claim = PidFile.claim(away, home, US, PidFileTest::identify);
        assertEquals(home.resolve("auto_restart.pid"), claim.file().path());
    }

    @Test
    void removeTakesOnlyOurs() throws IOException {
        PidFile ours = PidFile.claim(wanted, home, US, PidFileTest::identify).file();
        Files.writeString(wanted, "another's\n");
        ours.remove();
        assertEquals("another's\n", Files.readString(wanted));
        PidFile.claim(wanted, home, US, PidFileTest::identify).file().remove();
        assertEquals(false, Files.exists(wanted));
    }

    private static Optional<ProcessIdentity> identify(int pid) {
        return pid == LIVE.pid() ? Optional.of(LIVE) : Optional.empty();
    }
}
