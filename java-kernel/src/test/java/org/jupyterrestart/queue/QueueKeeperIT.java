package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** A queue that is kept from outside, with real HTTP and files; time is the test's. */
class QueueKeeperIT {
    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private StandInComfyUi comfyUi;

    @AfterEach
    void close() {
        comfyUi.close();
    }

    private QueueKeeper serve(Ids ids) throws IOException {
        comfyUi = new StandInComfyUi(ids);
        return keeper();
    }

    /** Of a new service, which knows what is on the disk. */
    private QueueKeeper keeper() throws IOException {
        return new QueueKeeper(new ComfyUiServer(comfyUi.url()), comfyUi::run, files(), nanos::get);
    }

    private QueueFiles files() {
        return new QueueFiles(folder.resolve("comfyui"));
    }

    private void send(String... names) {
        for (String name : names) {
            comfyUi.send(name, id(name));
        }
    }

    private static String id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(UTF_8)).toString();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private Work restore(QueueKeeper keeper) throws IOException {
        assertEquals(Work.busy("its queue is being put back"), keeper.restore());
        pass(Duration.ofMillis(1500));
        return keeper.restore();
    }

    private void runAll() {
        while (!comfyUi.queued().isEmpty()) {
            comfyUi.begin();
            comfyUi.end();
        }
    }

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

    private List<String> fileNames() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("comfyui"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
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
        assertEquals(new HandledPrompts(List.of(id("a")), List.of()), keeper.sendAgain(Set.of(id("a"))));
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
        assertEquals(new HandledPrompts(List.of(), List.of(left)), keeper.sendAgain(Set.of(id("a"))));
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
                handled.left().stream().map(KeptPrompt::promptId).toList());
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
        assertEquals(new HandledPrompts(List.of(id("a")), List.of()), keeper.discard(Set.of(id("a"), "not kept")));
        assertEquals(List.of(), keeper.kept());
        try (Stream<Path> left = Files.list(files().keptFolder())) {
            assertEquals(List.of(), left.toList());
        }
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

    /** Any request may be the last of a service: carried out or not, its answer is heard by nobody. */
    @ParameterizedTest
    @EnumSource(Ids.class)
    void killedServicesLoseAndRepeatNothing(Ids ids) throws IOException {
        comfyUi = new StandInComfyUi(ids);
        for (int seed = 0; seed < 20; seed++) {
            live(new Random(seed), seed);
        }
    }

    private void live(Random chance, int seed) throws IOException {
        comfyUi.restart();
        List<String> sent = new ArrayList<>();
        QueueKeeper keeper = keeper();
        for (int turn = 0; turn < 12; turn++) {
            for (int i = chance.nextInt(3); i > 0; i--) {
                sent.add("%d/%d/%d".formatted(seed, turn, i));
                send(sent.getLast());
            }
            if (chance.nextBoolean()) {
                comfyUi.begin();
            }
            if (chance.nextInt(3) == 0) {
                comfyUi.end();
            }
            comfyUi.cut(chance.nextInt(12), chance.nextBoolean());
            boolean isRestart = chance.nextInt(3) == 0;
            keeper = upToACut(keeper, isRestart, chance.nextBoolean());
            comfyUi.cut(-1, false);
            if (isRestart || chance.nextInt(4) == 0) {
                keeper.keep(); // the last look before an end that nobody foresaw
                comfyUi.restart();
            }
            pass(Duration.ofSeconds(chance.nextInt(200)));
        }
        for (int i = 0; i < 4; i++) {
            keeper.keep();
            pass(Duration.ofSeconds(130));
        }
        runAll();
        keeper.keep();
        List<String> accounted = new ArrayList<>(asideOf(seed)); // what ran at three ends
        comfyUi.ran().stream().filter(name -> name.startsWith(seed + "/")).forEach(accounted::add);
        assertEquals(
                sent.stream().sorted().toList(), accounted.stream().sorted().toList(), "seed " + seed);
    }

    private List<String> asideOf(int seed) throws IOException {
        List<String> names = new ArrayList<>();
        Path kept = folder.resolve("comfyui").resolve("kept");
        if (Files.exists(kept)) {
            try (Stream<Path> files = Files.list(kept)) {
                for (Path file : files.toList()) {
                    names.add(StandInComfyUi.name(JsonParser.parseString(Files.readString(file))
                            .getAsJsonObject()
                            .getAsJsonObject("prompt")));
                }
            }
        }
        return names.stream().filter(name -> name.startsWith(seed + "/")).toList();
    }

    private QueueKeeper upToACut(QueueKeeper keeper, boolean isHeld, boolean isInterrupting) throws IOException {
        try {
            for (int i = 0; i < 3; i++) {
                if (isHeld) {
                    keeper.hold(isInterrupting, false);
                } else {
                    keeper.keep();
                    pass(Duration.ofMillis(1500));
                }
            }
            return keeper;
        } catch (IOException _) {
            return keeper();
        }
    }
}
