package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** Prompts that ComfyUI refuses: kept, told, sent again or discarded. */
class RefusedPromptsIT extends QueueLab {
    @Test
    void refusedPromptIsKeptAndTold() throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send("a", "b");
        keeper.keep();
        comfyUi.restart();
        comfyUi.forgetNode("a");
        Map<String, Object> kept = Map.of(
                "prompts",
                1,
                "refused_prompts",
                List.of(Map.of("prompt_id", id("a"), "why", "Node is gone (#1)")),
                "parked_prompts",
                0);
        assertEquals(new Work(Optional.empty(), kept), restore(keeper));
        assertEquals(List.of("b"), comfyUi.queued());
        Path file = files().keptFolder().resolve("1.json");
        Map<String, Object> told = Map.of(
                "prompts", List.of(Map.of("prompt_id", id("a"), "why", "Node is gone (#1)", "file", file.toString())));
        assertEquals(
                List.of(new News(
                        EventType.APP_PROMPTS_KEPT, "1 prompt is kept outside of its queue: Node is gone (#1)", told)),
                keeper.news());
        // Its file is a whole request.
        comfyUi.forgetNode("");
        new ComfyUiServer(comfyUi.url()).send(Files.readString(file));
        assertEquals(List.of("b", "a"), comfyUi.queued());
    }

    private QueueKeeper withARefused(String... names) throws IOException {
        QueueKeeper keeper = serve(Ids.KEPT);
        send(names);
        keeper.keep();
        comfyUi.restart();
        comfyUi.forgetNode(names[0]);
        restore(keeper);
        assertEquals(List.of(new KeptPrompt(id(names[0]), "Node is gone (#1)")), keeper.kept());
        return keeper;
    }

    @Test
    void keptPromptIsSentAgainBehindTheOthers() throws IOException {
        QueueKeeper keeper = withARefused("a", "b");
        comfyUi.forgetNode("");
        assertEquals(new HandledPrompts(List.of(id("a")), List.of(), List.of()), keeper.sendAgain(Set.of(id("a"))));
        assertEquals(List.of("b", "a"), comfyUi.queued());
        assertEquals(List.of(), keeper.kept());
        keeper.keep();
        comfyUi.restart();
        restore(keeper);
        runAll();
        assertEquals(List.of("b", "a"), comfyUi.ran());
    }

    @Test
    void keptPromptThatIsRefusedAgainStaysKept() throws IOException {
        QueueKeeper keeper = withARefused("a");
        KeptPrompt left = new KeptPrompt(id("a"), "Node is gone (#1)");
        assertEquals(new HandledPrompts(List.of(), List.of(), List.of(left)), keeper.sendAgain(Set.of(id("a"))));
        assertEquals(List.of(left), keeper.kept());
    }

    @Test
    void keptPromptWaitsForAComfyUiThatIsAway() throws IOException {
        QueueKeeper keeper = withARefused("a");
        comfyUi.forgetNode("");
        comfyUi.cut(2, false); // after its queue and its history it does not answer
        HandledPrompts handled = keeper.sendAgain(Set.of(id("a")));
        assertEquals(
                List.of(id("a")),
                handled.due().stream().map(KeptPrompt::promptId).toList());
        comfyUi.cut(-1, false);
        keeper().keep();
        assertEquals(List.of("a"), comfyUi.queued());
    }

    @Test
    void serviceThatDiesBetweenTwoStepsOfSendingAgainSendsOnce() throws IOException {
        withARefused("a");
        comfyUi.forgetNode("");
        Path kept = files().keptFolder().resolve("1.json");
        String content = Files.readString(kept);
        files().bringBack(1);
        QueueKeeper next = keeper(); // nothing was ordered yet
        next.keep();
        assertEquals(List.of(), comfyUi.queued());
        next.sendAgain(Set.of(id("a")));
        Files.writeString(kept, content); // had it died just before this was deleted
        QueueKeeper last = keeper();
        last.keep();
        assertEquals(List.of(), last.kept());
        assertEquals(List.of("a"), comfyUi.queued());
    }

    @Test
    void discardedPromptIsForgotten() throws IOException {
        QueueKeeper keeper = withARefused("a", "b");
        assertEquals(
                new HandledPrompts(List.of(id("a")), List.of(), List.of()),
                keeper.discard(Set.of(id("a"), "not kept")));
        assertEquals(List.of(), keeper.kept());
        try (Stream<Path> left = Files.list(files().keptFolder())) {
            assertEquals(List.of(), left.toList());
        }
    }
}
