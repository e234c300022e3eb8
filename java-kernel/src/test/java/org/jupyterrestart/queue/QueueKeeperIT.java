package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** What becomes of a queue that is kept from outside, whatever ends. */
class QueueKeeperIT extends QueueLab {
    @ParameterizedTest
    @EnumSource(Ids.class)
    void queueOutlivesACrash(Ids ids) throws IOException {
        QueueKeeper keeper = serve(ids);
        send("a", "b", "c", "d");
        comfyUi.begin();
        comfyUi.end();
        comfyUi.begin();
        keeper.keep();
        comfyUi.restart();
        Map<String, Object> kept = Map.of("prompts", 3, "refused_prompts", List.of(), "parked_prompts", 0);
        assertEquals(new Work(Optional.empty(), kept), restore(keeper));
        assertEquals(List.of("b", "c", "d"), comfyUi.queued());
        keeper.keep();
        runAll();
        keeper.keep();
        assertEquals(List.of("a", "b", "c", "d"), comfyUi.ran());
        assertEquals(List.of("ledger.json"), fileNames());
    }

    @Test
    void restartOfAnEmptyQueueKeepsNoPrompts() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a");
        keeper.keep();
        comfyUi.restart();
        restore(keeper);
        runAll();
        keeper.keep();
        comfyUi.restart();
        Map<String, Object> none = Map.of("prompts", 0, "refused_prompts", List.of(), "parked_prompts", 0);
        assertEquals(new Work(Optional.empty(), none), keeper.restore());
    }

    @Test
    void promptIsSentAgainAsItWas() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a");
        keeper.keep();
        comfyUi.restart();
        restore(keeper);
        JsonObject expected = JsonParser.parseString("""
                {"prompt_id": "%1$s",
                 "prompt": {"1": {"class_type": "Text", "inputs": {"name": "a", "seed": 18446744073709551615}}},
                 "extra_data": {"extra_pnginfo": {"workflow": {"name": "ü"}}, "client_id": "tab",
                                "jupyter_restart": {"put_back_for": "%1$s"}},
                 "client_id": "tab", "partial_execution_targets": ["1"]}
                """.formatted(id("a"))).getAsJsonObject();
        assertEquals(List.of(expected), comfyUi.requests());
    }

    @Test
    void idThatANewerComfyUiRefusesIsReplaced() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        comfyUi.send("a", "my own id");
        keeper.keep();
        comfyUi.close();
        StandInComfyUi newer = new StandInComfyUi(Ids.UUIDS_ONLY);
        comfyUi = newer;
        newer.restart();
        restore(keeper());
        assertEquals(List.of("a"), newer.queued());
    }

    @Test
    void whatItsUserTookOutStaysOut() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b", "c");
        comfyUi.begin();
        keeper.keep();
        new ComfyUiServer(comfyUi.url()).takeOut(List.of(id("b")));
        new ComfyUiServer(comfyUi.url()).interrupt(id("a"));
        keeper.keep();
        comfyUi.restart();
        restore(keeper);
        assertEquals(List.of("c"), comfyUi.queued());
    }

    @Test
    void plannedRestartLetsTheRunningPromptEnd() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        assertEquals(Work.busy("its running prompt"), keeper.hold(false, false));
        send("c");
        comfyUi.end();
        comfyUi.begin();
        assertEquals(Work.busy("its running prompt"), keeper.hold(false, false)); // it had begun before it was seen
        comfyUi.end();
        assertEquals(new Work(Optional.empty(), Map.of("prompts", 1)), keeper.hold(false, false));
        comfyUi.restart();
        restore(keeper);
        runAll();
        assertEquals(List.of("a", "c", "b"), comfyUi.ran());
    }

    @Test
    void urgentRestartInterruptsAndRunsAgain() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        assertEquals(Work.busy("its running prompt"), keeper.hold(true, false));
        assertEquals(new Work(Optional.empty(), Map.of("prompts", 2)), keeper.hold(true, false));
        comfyUi.restart();
        restore(keeper);
        runAll();
        assertEquals(List.of("a", "b"), comfyUi.ran());
    }

    @Test
    void queueOfARestartThatIsCalledOffGoesOn() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        keeper.hold(false, false);
        pass(Duration.ofSeconds(119));
        keeper.keep();
        assertEquals(List.of("a"), comfyUi.queued());
        pass(Duration.ofSeconds(1));
        keeper.keep();
        assertEquals(List.of("a", "b"), comfyUi.queued());
        assertEquals(
                List.of(new News(
                        EventType.APP_QUEUE_RESTORED, "1 prompt is put back into its queue", Map.of("prompts", 1))),
                keeper.news());
        assertEquals(List.of(), keeper.news());
    }

    @Test
    void serviceThatDiesWhileItHoldsTheQueuePutsItBack() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        keeper.hold(false, false);
        QueueKeeper next = keeper();
        next.keep();
        assertEquals(List.of("a", "b"), comfyUi.queued());
    }

    @Test
    void interruptedPromptRunsAgainWhereTheServiceDiedThen() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        keeper.hold(true, false);
        keeper().keep();
        assertEquals(List.of("a", "b"), comfyUi.queued());
    }

    @Test
    void usersStopKeepsTheQueueOutside() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.begin();
        keeper.hold(true, true);
        assertEquals(new Work(Optional.empty(), Map.of("prompts", 2)), keeper.hold(true, true));
        comfyUi.restart();
        keeper.keep();
        pass(Duration.ofSeconds(2));
        keeper.keep();
        assertEquals(List.of(), comfyUi.queued());
        assertEquals(2, keeper.kept().size());
        assertEquals(
                "2 prompts are kept outside of its queue: it was kept when you stopped ComfyUI",
                keeper.news().getFirst().message());
    }

    @Test
    void whatIsKeptIsItsOwnersAlone() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a");
        keeper.keep();
        TreeSet<String> rights = new TreeSet<>();
        for (String file : fileNames()) {
            rights.add(PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(folder.resolve("comfyui").resolve(file))));
        }
        assertEquals(new TreeSet<>(List.of("rw-------")), rights);
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("comfyui"))));
    }

    @Test
    void fullDiskTakesNothingOutOfTheQueue() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        Files.createFile(folder.resolve("comfyui")); // no folder can be made there
        send("a", "b");
        comfyUi.begin();
        assertThrows(IOException.class, () -> keeper.hold(false, false));
        assertEquals(List.of("a", "b"), comfyUi.queued());
    }

    @Test
    void lookThatBreaksOffLeavesNothingBehind() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        comfyUi.breakOff(30); // in what is the last prompt's
        assertThrows(IOException.class, () -> keeper.hold(false, false));
        assertEquals(List.of(), fileNames());
        comfyUi.breakOff(0);
        keeper.keep();
        assertEquals(List.of("3.json", "4.json", "ledger.json"), fileNames());
    }
}
