package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.lifecycle.App;

class FileStateStoreTest {
    @TempDir
    Path folder;

    private Path file;
    private FileStateStore store;

    @BeforeEach
    void open() {
        file = folder.resolve("state.json");
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
            List<App> all = IntStream.range(0, 13)
                    .mapToObj(kind -> apps.app("app-" + kind, apps.stateOf(kind)))
                    .toList();
            assertSavedAndRead(new SavedState(all, 7, apps.state().untold()));
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
        Files.writeString(folder.resolve("state.json.next"), "half");
        assertSavedAndRead(new RandomApps(new SplittableRandom(2)).state());
    }

    @Test
    void brokenFilesAreKeptAside() throws IOException {
        Files.writeString(file, "{\"apps\":");
        Path first = ((StateStore.Loaded.Broken) store.load()).aside();
        Files.writeString(file, "{\"apps\":[{\"spec\":{\"name\":\"a\"}}],\"seq\":1,\"untold\":[]}");
        Path second = ((StateStore.Loaded.Broken) store.load()).aside();
        assertEquals(
                List.of(folder.resolve("state.json.broken-1"), folder.resolve("state.json.broken-2")),
                List.of(first, second));
        assertEquals("{\"apps\":", Files.readString(first));
        assertEquals(new StateStore.Loaded.Read(SavedState.EMPTY), store.load());
    }

    @Test
    void onlyEventsThatTheLogLacksAreMissing() {
        SavedState state = new SavedState(
                List.of(),
                10,
                List.of(
                        new RandomApps(new SplittableRandom(3)).state().untold().getFirst(),
                        new RandomApps(new SplittableRandom(4)).state().untold().getFirst()));
        assertEquals(
                List.of(state.untold(), state.untold().subList(1, 2), List.of(), List.of()),
                List.of(state.missing(10), state.missing(11), state.missing(12), state.missing(40)));
    }
}
