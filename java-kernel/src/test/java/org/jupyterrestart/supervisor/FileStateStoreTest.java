package org.jupyterrestart.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.SmallDisk;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.process.ProcessIdentity;

class FileStateStoreTest {
    @TempDir
    Path folder;

    private Path file;
    private FileStateStore store;

    @BeforeEach
    void open() {
        file = folder.resolve("state.jsonl");
        store = new FileStateStore(file);
    }

    @Test
    void nothingSavedIsEmpty() {
        assertEquals(new StateStore.Loaded.Read(SavedState.EMPTY), store.load());
    }

    @Test
    void everyStateIsReadBackAsItWasSaved() {
        Seeds.forAll(50, random -> {
            RandomApps apps = new RandomApps(random);
            List<App> all = IntStream.range(0, 21)
                    .mapToObj(kind -> apps.app("app-" + kind, apps.stateOf(kind)))
                    .toList();
            assertSavedAndRead(
                    new SavedState(all, 7, apps.state().untold(), apps.state().storm()));
        });
    }

    private void assertSavedAndRead(SavedState state) {
        try {
            store.save(state);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        assertEquals(new StateStore.Loaded.Read(state), store.load());
    }

    @Test
    void fileIsItsOwnersAlone() throws IOException {
        store.save(new RandomApps(new SplittableRandom(1)).state());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void leftoverOfAKilledSaveIsNoObstacle() throws IOException {
        Files.writeString(folder.resolve("state.jsonl.next"), "half");
        assertSavedAndRead(new RandomApps(new SplittableRandom(2)).state());
    }

    @Test
    void brokenFilesAreKeptAside() throws IOException {
        Files.writeString(file, "{\"apps\":");
        Path first = ((StateStore.Loaded.Broken) store.load()).aside();
        Files.writeString(file, "{\"apps\":[{\"spec\":{\"name\":\"a\"}}],\"seq\":1,\"untold\":[]}");
        Path second = ((StateStore.Loaded.Broken) store.load()).aside();
        assertEquals(
                List.of(folder.resolve("state.jsonl.broken-1"), folder.resolve("state.jsonl.broken-2")),
                List.of(first, second));
        assertEquals("{\"apps\":", Files.readString(first));
        assertEquals(new StateStore.Loaded.Read(SavedState.EMPTY), store.load());
    }

    @Test
    void changesAreReadBackOverTheWholeThatTheyFollow() throws IOException {
        List<App> first = apps(1);
        List<App> second = apps(2);
        store.save(new SavedState(first, 1, List.of(), Optional.of(Storm.NONE)));
        for (int i = 0; i < second.size(); i++) {
            store.save(
                    new SavedChange(second.get(i), i, List.of(), Storm.NONE),
                    () -> fail("a short journal is not written anew"));
        }
        assertEquals(
                new StateStore.Loaded.Read(
                        new SavedState(second, second.size() - 1, List.of(), Optional.of(Storm.NONE))),
                store.load());
    }

    @Test
    void journalIsWrittenAnewWhenItHasGrown() throws IOException {
        List<App> apps = apps(3);
        SavedState whole = new SavedState(apps, 1, List.of(), Optional.of(Storm.NONE));
        store.save(whole);
        long least = Files.size(file);
        for (int rewritten = 0; rewritten < 2; ) {
            long before = Files.size(file);
            store.save(new SavedChange(apps.getFirst(), 1, List.of(), Storm.NONE), () -> whole);
            rewritten += Files.size(file) < before ? 1 : 0;
            assertTrue(Files.size(file) < (2 << 20), "grows to " + Files.size(file));
        }
        assertEquals(least, Files.size(file));
        assertEquals(new StateStore.Loaded.Read(whole), store.load());
    }

    @Test
    void changesAreSavedOnADiskThatIsFull() throws Exception {
        try (SmallDisk disk = SmallDisk.in(folder)) {
            FileStateStore small = new FileStateStore(disk.folder().resolve("state.jsonl"));
            SavedState whole = new SavedState(apps(6), 1, List.of(), Optional.of(Storm.NONE));
            small.save(whole);
            disk.fill();
            assertThrows(IOException.class, () -> small.save(whole));
            List<App> changed = apps(7);
            for (int i = 0; i < 50; i++) {
                small.save(new SavedChange(changed.get(i % 9), i, List.of(), Storm.NONE), () -> whole);
            }
            SavedState expected = new SavedState(changed, 49, List.of(), Optional.of(Storm.NONE));
            assertEquals(new StateStore.Loaded.Read(expected), small.load());
        }
    }

    @Test
    void changesAreSavedOnADiskThatWasReplaced() throws Exception {
        try (SmallDisk disk = SmallDisk.in(folder)) {
            FileStateStore small = new FileStateStore(disk.folder().resolve("state.jsonl"));
            List<App> apps = apps(6);
            SavedState whole = new SavedState(apps, 1, List.of(), Optional.of(Storm.NONE));
            small.save(whole);
            disk.fill();
            SavedChange change = new SavedChange(apps.getFirst(), 1, List.of(), Storm.NONE);
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 10_000; i++) {
                    small.save(change, () -> whole);
                }
            });
            assertFalse(small.takes(disk.folder().resolve("app.log")));
            disk.replace();
            assertTrue(small.takes(Files.createFile(disk.folder().resolve("app.log"))));
            small.save(change, () -> whole);
            assertEquals(new StateStore.Loaded.Read(whole), small.load());
        }
    }

    @Test
    void tornLastLineIsAsIfItWasNeverWritten() throws IOException {
        List<App> apps = apps(4);
        SavedState whole = new SavedState(apps, 1, List.of(), Optional.of(Storm.NONE));
        store.save(whole);
        int before = textLength();
        store.save(new SavedChange(apps(5).getFirst(), 2, List.of(), Storm.NONE), () -> whole);
        int after = textLength();
        byte[] all = Files.readAllBytes(file);
        for (int length = before; length < after - 1; length += 97) {
            byte[] torn = all.clone();
            Arrays.fill(torn, length, torn.length, (byte) 0);
            for (byte[] left : List.of(torn, Arrays.copyOf(all, length))) {
                Files.write(file, left);
                assertEquals(new StateStore.Loaded.Read(whole), store.load());
            }
        }
    }

    /** Without the room that is held behind it. */
    private int textLength() throws IOException {
        return JournalFile.read(file).getBytes(UTF_8).length;
    }

    private static List<App> apps(long seed) {
        RandomApps apps = new RandomApps(new SplittableRandom(seed));
        return IntStream.range(0, 9)
                .mapToObj(kind -> apps.app("app-" + kind, apps.stateOf(kind)))
                .toList();
    }

    @Test
    void onlyEventsThatTheLogLacksAreMissing() {
        SavedState state = new SavedState(
                List.of(),
                10,
                List.of(
                        new RandomApps(new SplittableRandom(3)).state().untold().getFirst(),
                        new RandomApps(new SplittableRandom(4)).state().untold().getFirst()),
                Optional.empty());
        assertEquals(
                List.of(state.untold(), state.untold().subList(1, 2), List.of(), List.of()),
                List.of(state.missing(10), state.missing(11), state.missing(12), state.missing(40)));
    }

    @Test
    void whatAppsHaveOfGpusIsSavedBesideAndReadAgain() throws IOException {
        List<GpuBaseline> all = List.of(
                new GpuBaseline(
                        new ProcessIdentity("boot", 7, 1), 1, 9, OptionalLong.of(4), 5, List.of(5L), List.of(7, 8)),
                new GpuBaseline(
                        new ProcessIdentity("boot", 9, 1), 2, 9, OptionalLong.empty(), 0, List.of(), List.of(9)));
        assertEquals(List.of(), store.loadGpus());
        store.saveGpus(all);
        assertEquals(all, new FileStateStore(file).loadGpus());
        Files.writeString(folder.resolve("gpus.json"), "torn");
        assertEquals(List.of(), store.loadGpus());
    }
}
