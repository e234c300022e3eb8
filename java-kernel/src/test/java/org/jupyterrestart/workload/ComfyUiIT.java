package org.jupyterrestart.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.lifecycle.Work.Ask;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.KeptPrompt;

/** What ComfyUI and its node are asked, over real HTTP; the answers are those of the real ones. */
class ComfyUiIT {
    private static final String SECRET = "ab".repeat(32);

    @TempDir
    private Path folder;

    private HttpServer server;
    private LinuxProcessControl processes;
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Workloads workloads;
    private App app;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        processes = LinuxProcessControl.open(folder);
        workloads = workloads(Map.of());
        app = appOn(server.getAddress().getPort());
        Files.writeString(folder.resolve("secret"), SECRET);
    }

    @AfterEach
    void close() throws IOException {
        server.stop(0);
        processes.close();
    }

    private Workloads workloads(Map<String, String> environment) {
        return new Workloads(() -> 0, environment, processes, folder);
    }

    private static App appOn(int port, String... more) {
        List<String> command = new ArrayList<>(List.of("python", "main.py", "--port", Integer.toString(port)));
        command.addAll(List.of(more));
        Program program = Program.of(command, Optional.empty(), Map.of());
        return App.first(
                new AppSpecBuilder("comfyui").preset("comfyui").program(program).build(), 0, new Now(Instant.EPOCH, 0));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String secret = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Jupyter-Restart-Secret"))
                .map(text -> text.equals(SECRET) ? " with secret" : " with " + text)
                .orElse("");
        asked.add((exchange.getRequestMethod() + " " + path + " " + body).strip() + secret);
        byte[] answer = answers.getOrDefault(path, "").getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.length == 0 ? 404 : 200, answer.length == 0 ? -1 : answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private String state(int running, int pending, String purpose, String restored) {
        return """
            {"gate": {"closed": %s, "purpose": "%s"}, "queue": {"running": %d, "pending": %d, "unwritten": 0},
             "journal": {"secret_file": "%s"}, "restored": {"restored": [%s], "refused": [
             {"prompt_id": "x", "why": "node is gone"}], "parked": []}}
            """.formatted(!purpose.isEmpty(), purpose, running, pending, folder.resolve("secret"), restored);
    }

    @Test
    void oneThatListensOnOneAddressIsAskedThere() throws IOException {
        HttpServer elsewhere = HttpServer.create(new InetSocketAddress("127.0.0.2", 0), 0);
        elsewhere.createContext("/", this::answer);
        elsewhere.start();
        answers.put("/jupyter_restart/v1/state", "{\"queue\": {\"running\": 0, \"pending\": 2}, \"running\": []}");
        App there = appOn(elsewhere.getAddress().getPort(), "--listen", "127.0.0.2");
        assertEquals(Work.busy("2 prompts in its queue"), workloads.ask(there, Ask.LOOK));
        elsewhere.stop(0);
    }

    @Test
    void itsModelsAreUnloadedWhereItListens() {
        assertEquals(Optional.of("it answered 404"), workloads.freeMemory(app));
        answers.put("/free", "{}");
        assertEquals(Optional.empty(), workloads.freeMemory(app));
        assertEquals("POST /free {\"unload_models\":true,\"free_memory\":true}", asked.getLast());
    }

    @Test
    void queueIsWhatItIsBusyWith() {
        answers.put("/jupyter_restart/v1/state", """
            {"queue": {"running": 1, "pending": 16},
             "running": [{"prompt_id": "x", "progress": {"node": "3", "value": 7.0, "max": 20.0}}]}
            """);
        assertEquals(Work.busy("17 prompts in its queue, one at step 7 of 20"), workloads.ask(app, Ask.LOOK));
        answers.put("/jupyter_restart/v1/state", "{\"queue\": {\"running\": 0, \"pending\": 0}, \"running\": []}");
        assertEquals(Work.NONE, workloads.ask(app, Ask.LOOK));
    }

    @Test
    void promptsThatItsNodeKeepsAreSentAgainByTheNode() throws IOException {
        answers.put("/jupyter_restart/v1/state", state(0, 0, "", ""));
        answers.put("/jupyter_restart/v1/journal", """
            {"prompts": [{"prompt_id": "w", "place": "waiting", "why": ""},
             {"prompt_id": "p", "place": "parked", "why": "you stopped it"},
             {"prompt_id": "r", "place": "refused", "why": "node is gone"}], "finished": []}
            """);
        answers.put("/jupyter_restart/v1/restore", "{}");
        KeptPrompt refused = new KeptPrompt("r", "node is gone");
        assertEquals(List.of(new KeptPrompt("p", "you stopped it"), refused), workloads.keptPrompts(app));
        asked.clear();
        assertEquals(
                new HandledPrompts(List.of(), List.of(), List.of(refused)), workloads.sendAgain(app, Set.of("r", "w")));
        assertEquals(
                List.of(
                        "GET /jupyter_restart/v1/journal",
                        "GET /jupyter_restart/v1/state",
                        "POST /jupyter_restart/v1/restore {\"prompt_ids\":[\"r\"]} with secret",
                        "GET /jupyter_restart/v1/journal"),
                asked);
    }

    @Test
    void withoutTheNodeItsQueueIsCounted() {
        answers.put("/prompt", "{\"exec_info\": {\"queue_remaining\": 3}}");
        assertEquals(Work.busy("3 prompts in its queue"), workloads.ask(app, Ask.LOOK));
        answers.put("/prompt", "{\"exec_info\": {\"queue_remaining\": 0}}");
        assertEquals(Work.NONE, workloads.ask(app, Ask.LOOK));
    }

    @Test
    void fileThatItsSessionNamesAsksForAStartUntilItIsStarted() throws IOException {
        Workloads inherited = workloads(Map.of("__COMFY_CLI_SESSION__", "session"));
        assertFalse(inherited.isToStartAgain(app));
        Program program = Program.of(List.of("python", "main.py"), Optional.of(folder), Map.of());
        App inFolder = app.with(
                new AppSpecBuilder("comfyui").preset("comfyui").program(program).build());
        Files.createFile(folder.resolve("session.reboot"));
        assertTrue(inherited.isToStartAgain(inFolder));
        assertFalse(workloads.isToStartAgain(inFolder));
        inherited.starts(inFolder);
        assertFalse(inherited.isToStartAgain(inFolder));
    }

    @Test
    void whereNobodyListensNothingIsWaitedFor() {
        server.stop(0);
        for (Ask ask : List.of(Ask.LOOK, Ask.DRAIN, Ask.PARK)) {
            assertEquals(Work.NONE, workloads.ask(app, ask));
        }
    }

    @Test
    void answerThatIsNotUnderstoodIsWaitedFor() {
        answers.put("/prompt", "[1, 2]");
        answers.put("/jupyter_restart/v1/state", "{\"queue\": 1}");
        for (Ask ask : List.of(Ask.LOOK, Ask.DRAIN, Ask.RESTORE)) {
            assertEquals(Work.busy("an answer that is not understood"), workloads.ask(app, ask));
        }
    }

    @Test
    void anotherProgramHasNoQueueToHold() {
        assertEquals(Work.NONE, workloads.ask(app, Ask.DRAIN));
        assertEquals(Work.NONE, workloads.ask(app, Ask.RESTORE));
    }

    @Test
    void withoutTheNodeTheQueueIsKeptFromOutside() {
        answers.put("/queue", """
                {"queue_running": [], "queue_pending": [[0, "x", {}, {"client_id": "tab"}, ["1"]]]}
                """);
        Keeping keeping = workloads.keep(app);
        assertEquals(
                List.of("node_missing"),
                keeping.notes().stream().map(Note::code).toList());
        assertTrue(Files.exists(folder.resolve("queues/comfyui/1.json")));
    }

    @Test
    void withTheNodeTheQueueIsLeftToIt() {
        answers.put("/jupyter_restart/v1/state", state(1, 16, "", ""));
        answers.put("/jupyter_restart/v1/nodes", "{\"session\": \"x\", \"nodes\": [\"Blur\"]}");
        for (int i = 0; i < 2; i++) {
            assertEquals(new Keeping(List.of(), List.of(), Duration.ofMinutes(1)), workloads.keep(app));
        }
        String state = "GET /jupyter_restart/v1/state";
        String journal = "GET /jupyter_restart/v1/journal";
        assertEquals(List.of(state, state, "GET /jupyter_restart/v1/nodes", journal, state, journal), asked);
    }

    @Test
    void promptsThatItsNodeCouldNotWriteDownAreToldAndWrittenDownHere() throws IOException {
        String full = """
            {"gate": {"closed": true, "purpose": "restart"}, "queue": {"running": 0, "pending": 1, "unwritten": 1},
             "journal": {"folder": "/full", "secret_file": "%s", "error": "No space left on device"}}
            """.formatted(folder.resolve("secret"));
        answers.put("/jupyter_restart/v1/state", full);
        answers.put("/jupyter_restart/v1/gate", full);
        answers.put("/queue", """
            {"queue_running": [], "queue_pending": [[0, "x", {}, {"client_id": "tab"}, ["1"]]]}
            """);
        assertEquals(
                List.of("1 prompt is in its queue that its node could not write down: a crash may lose it."),
                messages(workloads.keep(app)));
        assertTrue(Files.exists(folder.resolve("queues/comfyui/1.json")), "it is kept from outside at once");
        assertEquals(new Work(Optional.empty(), Map.of("prompts", 1)), workloads.ask(app, Ask.DRAIN));
    }

    private void nodeWithAJournal(String lines) throws IOException {
        Path journal = Files.createDirectories(folder.resolve("journal"));
        Files.writeString(journal.resolve("journal.jsonl"), lines);
        answers.put("/jupyter_restart/v1/state", """
            {"gate": {"closed": false, "purpose": null}, "queue": {"running": 0, "pending": 0, "unwritten": 0},
             "journal": {"folder": "%s", "secret_file": "%s"}, "running": []}
            """.formatted(journal, folder.resolve("secret")));
        answers.put("/jupyter_restart/v1/nodes", "{\"session\": \"x\", \"nodes\": [\"Blur\"]}");
        answers.put("/jupyter_restart/v1/journal", """
            {"prompts": [{"prompt_id": "p", "place": "parked", "why": "you stopped it"},
             {"prompt_id": "r", "place": "refused", "why": "node is gone"}], "finished": []}
            """);
        answers.put("/jupyter_restart/v1/restore", "{}");
        answers.put("/jupyter_restart/v1/discard", "{}");
    }

    private static List<String> messages(Keeping keeping) {
        return keeping.notes().stream().map(Note::message).toList();
    }

    @Test
    void promptsThatItsNodeKeepsAreNotedWhileItRunsAndWhileItDoesNot() throws IOException {
        nodeWithAJournal("""
            {"type":"accepted","entry":1,"item":[0,"p"],"at":1,"crashes":0,"place":"parked","why":"you stopped it"}
            {"type":"accepted","entry":2,"item":[1,"r"],"at":1,"crashes":0,"place":"refused","why":"node is gone"}
            {"type":"accepted","entry":3,"item":[2,"w"],"at":1,"crashes":0,"place":"waiting","why":""}
            """);
        assertEquals(List.of("2 prompts are kept outside of its queue."), messages(workloads.keep(app)));
        answers.clear();
        assertEquals(
                List.of(
                        "2 prompts are kept outside of its queue.",
                        "1 prompt is put back into its queue when it starts."),
                messages(workloads.keepLeft(app)));
        assertEquals(
                List.of(new KeptPrompt("p", "you stopped it"), new KeptPrompt("r", "node is gone")),
                workloads.keptPrompts(app));
    }

    @Test
    void whatIsOrderedWhileItIsAwayIsCarriedOutOnceWhenItRuns() throws IOException {
        nodeWithAJournal("""
            {"type":"accepted","entry":1,"item":[0,"p"],"at":1,"crashes":0,"place":"parked","why":"you stopped it"}
            {"type":"accepted","entry":2,"item":[1,"r"],"at":1,"crashes":0,"place":"refused","why":"node is gone"}
            """);
        workloads.keep(app);
        Map<String, String> node = Map.copyOf(answers);
        answers.clear();
        KeptPrompt later = new KeptPrompt("p", "it is put back when ComfyUI runs");
        assertEquals(new HandledPrompts(List.of(), List.of(later), List.of()), workloads.sendAgain(app, Set.of("p")));
        assertEquals(new HandledPrompts(List.of("r"), List.of(), List.of()), workloads.discard(app, Set.of("r")));
        assertEquals(List.of(later), workloads.keptPrompts(app));
        assertEquals(List.of("1 prompt is put back into its queue when it starts."), messages(workloads.keepLeft(app)));
        answers.putAll(node);
        asked.clear();
        workloads = workloads(Map.of());
        workloads.keep(app);
        workloads.keep(app);
        assertEquals(
                List.of(
                        "POST /jupyter_restart/v1/discard {\"prompt_ids\":[\"r\"]} with secret",
                        "POST /jupyter_restart/v1/restore {\"prompt_ids\":[\"p\"]} with secret"),
                asked.stream().filter(it -> it.startsWith("POST")).toList());
    }

    @Test
    void gateIsClosedUntilNothingRuns() {
        answers.put("/jupyter_restart/v1/state", state(1, 16, "", ""));
        answers.put("/jupyter_restart/v1/gate", state(1, 16, "restart", ""));
        assertEquals(Work.busy("its running prompt"), workloads.ask(app, Ask.DRAIN));
        answers.put("/jupyter_restart/v1/gate", state(0, 16, "restart", ""));
        assertEquals(new Work(Optional.empty(), Map.of("prompts", 16)), workloads.ask(app, Ask.DRAIN));
        String gate = "POST /jupyter_restart/v1/gate {\"closed\":true,\"purpose\":\"restart\",\"restart_id\":\"\","
                + "\"lease_s\":120} with secret";
        String state = "GET /jupyter_restart/v1/state";
        assertEquals(List.of(state, gate, state, gate), asked);
    }

    @Test
    void runningPromptIsInterruptedBehindTheGate() {
        answers.put("/jupyter_restart/v1/state", state(1, 0, "", ""));
        answers.put("/jupyter_restart/v1/gate", state(1, 0, "stop", ""));
        answers.put("/jupyter_restart/v1/interrupt-for-restart", "{\"interrupted\": [\"x\"]}");
        workloads.ask(app, Ask.PARK);
        List<String> orders = new ArrayList<>(asked).subList(1, 3);
        assertEquals(
                List.of(
                        "POST /jupyter_restart/v1/gate {\"closed\":true,\"purpose\":\"stop\",\"restart_id\":\"\","
                                + "\"lease_s\":120} with secret",
                        "POST /jupyter_restart/v1/interrupt-for-restart {} with secret"),
                orders);
    }

    @Test
    void onlyASecretIsSent() throws IOException {
        answers.put("/jupyter_restart/v1/state", state(0, 0, "", ""));
        Files.writeString(folder.resolve("secret"), "root:x:0:0:root:/root:/bin/bash");
        Work refused = workloads.ask(app, Ask.DRAIN);
        assertEquals(
                "its node can't be told to hold the queue: %s is no secret of its node"
                        .formatted(folder.resolve("secret")),
                refused.busyWith().orElseThrow());
        assertEquals(List.of("GET /jupyter_restart/v1/state"), asked);
    }

    @Test
    void queueIsBackWhenTheGateOfTheStartOpens() {
        answers.put("/jupyter_restart/v1/state", state(0, 2, "start", "\"a\", \"b\""));
        assertEquals(Work.busy("its queue is being put back"), workloads.ask(app, Ask.RESTORE));
        answers.put("/jupyter_restart/v1/state", state(1, 1, "", "\"a\", \"b\""));
        Map<String, Object> kept = Map.of(
                "prompts",
                2,
                "refused_prompts",
                List.of(Map.of("prompt_id", "x", "why", "node is gone")),
                "parked_prompts",
                0);
        assertEquals(new Work(Optional.empty(), kept), workloads.ask(app, Ask.RESTORE));
    }
}
