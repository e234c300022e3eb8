package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** What prompts load out of ComfyUI's temp folder, which each start empties. */
class TempFilesIT extends QueueLab {
    private static final String NAME = "masks/größe 1 \"x\".png";

    @Test
    void filesThatPromptsLoadAreThereAfterARestart() throws IOException {
        QueueKeeper keeper = serveLoading("a", "b");
        comfyUi.putTemp("preview.png", "of nobody's prompt");
        keeper.keep();
        comfyUi.restart();
        restore(keeper());
        assertEquals(List.of("a", "b"), comfyUi.queued());
        assertEquals(Map.of(NAME, "content"), comfyUi.temp());
    }

    @Test
    void whatComfyUiHasMadeAnewStays() throws IOException {
        QueueKeeper keeper = serveLoading("a");
        keeper.keep();
        comfyUi.restart();
        comfyUi.putTemp(NAME, "new");
        restore(keeper);
        assertEquals(Map.of(NAME, "new"), comfyUi.temp());
    }

    @Test
    void whatCouldNotBeFetchedIsTriedAgainHoweverManyComeMeanwhile() throws IOException {
        QueueKeeper keeper = serveLoading("a");
        comfyUi.breakView(true);
        keeper.keep();
        assertEquals(Map.of(NAME, "/view answers 500"), keeper.unkeptTemp());
        comfyUi.breakView(false);
        for (String name : List.of("b", "c", "d")) {
            pass(Duration.ofSeconds(25));
            send(name);
            keeper.keep();
        }
        assertEquals(Map.of(), keeper.unkeptTemp());
        assertEquals(1, temp().size());
    }

    @Test
    void theyAreDroppedWithTheLastPromptThatLoadsThem() throws IOException {
        QueueKeeper keeper = serveLoading("a", "b");
        comfyUi.begin();
        keeper.keep();
        comfyUi.end();
        keeper.keep();
        assertEquals(List.of("2.json", "ledger.json", "temp"), fileNames());
        runAll();
        keeper.keep();
        assertEquals(List.of("ledger.json"), fileNames());
    }

    @Test
    void promptThatIsSetAsideHasThemWhenItIsSentAgain() throws IOException {
        QueueKeeper keeper = serveLoading("a");
        keeper.keep();
        comfyUi.forgetNode("a");
        comfyUi.restart();
        restore(keeper);
        comfyUi.restart();
        comfyUi.forgetNode("");
        QueueKeeper next = keeper();
        next.sendAgain(Set.of(id("a")));
        pass(Duration.ofSeconds(2));
        next.keep();
        assertEquals(List.of("a"), comfyUi.queued());
        assertEquals(Map.of(NAME, "content"), comfyUi.temp());
    }

    @Test
    void whatIsTooLargeIsToldUntilItsPromptIsOver() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        comfyUi.putTemp(NAME, "x".repeat(MOST_TEMP_BYTES + 1));
        sendLoading("a", NAME);
        keeper.keep();
        assertEquals(Map.of(NAME, "it is larger than 1 KB"), keeper.unkeptTemp());
        assertEquals(List.of(), temp());
        runAll();
        keeper.keep();
        assertEquals(Map.of(), keeper.unkeptTemp());
    }

    @Test
    void onesThatLeadOutOfTheFolderAreNotAskedFor() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        comfyUi.putTemp("../secret", "content");
        sendLoading("a", "../secret");
        keeper.keep();
        assertEquals(Map.of(), keeper.unkeptTemp());
        assertEquals(List.of("1.json", "ledger.json"), fileNames());
    }

    /** Prompts with these names load one file of its temp folder. */
    private QueueKeeper serveLoading(String... names) throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        comfyUi.putTemp(NAME, "content");
        for (String name : names) {
            sendLoading(name, NAME);
        }
        return keeper;
    }

    private void sendLoading(String name, String path) {
        comfyUi.send(name, id(name), path);
    }

    private List<Path> temp() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("comfyui").resolve("temp"))) {
            return files.toList();
        }
    }
}
