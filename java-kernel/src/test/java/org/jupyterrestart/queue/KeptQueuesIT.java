package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.queue.KeptQueues.Subject;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** What is told of a ComfyUI without our node, with real HTTP and files; time is the test's. */
class KeptQueuesIT {
    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private StandInComfyUi comfyUi;
    private KeptQueues queues;

    @BeforeEach
    void serve() throws IOException {
        comfyUi = new StandInComfyUi(Ids.KEPT);
        queues = new KeptQueues(folder, nanos::get);
    }

    @AfterEach
    void close() {
        comfyUi.close();
    }

    private Keeping keep() {
        return queues.keep(new Subject("comfyui", comfyUi.url(), comfyUi.run(), comfyUi::run));
    }

    private static List<String> codes(Keeping keeping) {
        return keeping.notes().stream().map(Note::code).toList();
    }

    @Test
    void nodesThatAreGoneSinceAStartAreTold() {
        comfyUi.has("Blur", "Sampler", "Upscale");
        assertEquals(List.of("node_missing"), codes(keep()));
        comfyUi.restart();
        comfyUi.has("Blur");
        Keeping keeping = keep();
        assertEquals(
                List.of(new News(
                        EventType.APP_NODES_GONE,
                        "2 nodes are gone since its last start: Sampler, Upscale",
                        Map.of("nodes", List.of("Sampler", "Upscale")))),
                keeping.news());
        assertEquals(List.of("node_missing", "nodes_gone"), codes(keeping));
        assertEquals(List.of(), keep().news());
        // The next service says the same, once more of the same run it is no news.
        queues = new KeptQueues(folder, nanos::get);
        assertEquals(List.of(), keep().news());
        assertEquals(List.of("node_missing", "nodes_gone"), codes(keep()));
        comfyUi.restart();
        assertEquals(List.of("node_missing"), codes(keep()));
    }

    @Test
    void onesThatCouldNotBeAskedForAreAskedForLater() {
        comfyUi.has("Blur");
        keep();
        comfyUi.restart();
        comfyUi.has();
        assertEquals(List.of(), keep().news());
        comfyUi.has("Other");
        assertEquals(List.of(), keep().news());
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertEquals(
                List.of("1 node is gone since its last start: Blur"),
                keep().news().stream().map(News::message).toList());
    }

    @Test
    void queueIsLookedAtCloselyWhileSomethingIsInItOrOwed() {
        assertEquals(Duration.ofSeconds(1), keep().next());
        comfyUi.send("a", "a");
        assertEquals(Duration.ofMillis(250), keep().next());
        comfyUi.restart();
        assertEquals(Duration.ofMillis(250), keep().next());
    }

    @Test
    void promptsThatAreKeptAreCounted() {
        comfyUi.send("a", "a");
        keep();
        comfyUi.restart();
        comfyUi.forgetNode("a");
        keep();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        Keeping keeping = keep();
        assertEquals(List.of("node_missing", "prompts_kept"), codes(keeping));
        assertEquals(
                "See why: jupyter restart comfyui kept. Send them again with: comfyui send --all, or forget them: comfyui"
                        + " discard --all.",
                keeping.notes().getLast().advice());
    }

    @Test
    void whereNobodyAnswersItIsLookedAtAgainSoon() {
        comfyUi.close();
        assertEquals(Keeping.idle(Duration.ofSeconds(1)), keep());
    }
}
