package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.queue.NodeJournal.Left;

/** What a journal says while its ComfyUI is away; the lines are those that the node writes. */
class NodeJournalTest {
    private static final String OPENED = "{\"type\":\"opened\",\"at\":1.5,\"pid\":7}";

    @TempDir
    private Path folder;

    private Left read(String... lines) throws IOException {
        Files.writeString(folder.resolve("journal.jsonl"), String.join("\n", lines) + "\n");
        return NodeJournal.in(folder.toString());
    }

    private static String accepted(int entry, String id) {
        return accepted(entry, id, "waiting", "");
    }

    private static String accepted(int entry, String id, String place, String why) {
        return """
            {"type":"accepted","entry":%d,"item":[%d,"%s",{"1":{"inputs":{"a":[1,NaN]}}},{"client_id":"tab"},["1"]],\
            "at":1.5,"crashes":0,"place":"%s","why":"%s"}""".formatted(entry, entry, id, place, why);
    }

    @Test
    void whatHasNotFinishedIsDue() throws IOException {
        assertEquals(
                new Left(List.of(), 2),
                read(
                        OPENED,
                        accepted(1, "a"),
                        accepted(2, "b"),
                        accepted(3, "c"),
                        "{\"type\":\"started\",\"entry\":1}",
                        "{\"type\":\"finished\",\"entry\":1,\"prompt_id\":\"a\",\"outcome\":\"success\",\"at\":2.5}",
                        "{\"type\":\"started\",\"entry\":2}"));
    }

    @Test
    void whatIsRefusedOrParkedIsKept() throws IOException {
        assertEquals(
                new Left(List.of(new KeptPrompt("a", "node is gone"), new KeptPrompt("b", "stopped")), 1),
                read(
                        OPENED,
                        accepted(1, "a"),
                        accepted(2, "b", "parked", "stopped"),
                        accepted(3, "c", "parked", "stopped"),
                        "{\"type\":\"kept\",\"entry\":1,\"place\":\"refused\",\"why\":\"node is gone\"}",
                        "{\"type\":\"renumbered\",\"entries\":[3],\"first\":4}"));
    }

    @Test
    void whatWaitedWhenItsUserStoppedItIsKept() throws IOException {
        String stop = "{\"type\":\"gate\",\"closed\":true,\"purpose\":\"stop\",\"restart_id\":\"\"}";
        String restart = "{\"type\":\"gate\",\"closed\":true,\"purpose\":\"restart\",\"restart_id\":\"r-1\"}";
        Left kept = new Left(List.of(new KeptPrompt("a", "ComfyUI was stopped by the user")), 0);
        assertEquals(kept, read(OPENED, accepted(1, "a"), stop));
        assertEquals(kept, read(OPENED, accepted(1, "a"), "{\"type\":\"stopped_by_user\"}"));
        assertEquals(new Left(List.of(), 1), read(OPENED, accepted(1, "a"), restart));
        assertEquals(new Left(List.of(), 1), read(OPENED, accepted(1, "a"), stop, OPENED));
    }

    @Test
    void tornAndUnknownLinesCountForNothing() throws IOException {
        assertEquals(
                new Left(List.of(), 1),
                read(
                        OPENED,
                        accepted(1, "a"),
                        "{\"type\":\"invented\",\"entry\":1}",
                        "[1]",
                        "{\"type\":\"finished\",\"entry\":1"));
    }

    @Test
    void whereThereIsNoJournalNothingIsLeft() throws IOException {
        assertEquals(Left.NOTHING, NodeJournal.in(""));
        assertEquals(Left.NOTHING, NodeJournal.in(folder.toString()));
    }
}
