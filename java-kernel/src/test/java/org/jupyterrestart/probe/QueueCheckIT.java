package org.jupyterrestart.probe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whether ComfyUI's work moves, over real HTTP. */
class QueueCheckIT {
    private static final String STATE = "/jupyter_restart/v1/state";
    private static final String ONE_RUNS = "{\"queue_running\": [[0, \"p1\", {}, {}, []]], \"queue_pending\": []}";
    private static final String NONE_RUNS = "{\"queue_running\": [], \"queue_pending\": [[1, \"p2\", {}, {}, []]]}";

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final AtomicInteger printed = new AtomicInteger();
    private final AtomicReference<String> image = new AtomicReference<>("first");
    private HttpServer server;
    private String url;
    private QueueCheck check;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
        Traces.Reading output = new Traces.Reading("its output", () -> Integer.toString(printed.get()));
        check = new QueueCheck(url, Duration.ofSeconds(5), 2, output, () -> Optional.of(image.get()));
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] answer =
                answers.getOrDefault(exchange.getRequestURI().getPath(), "").getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.length == 0 ? 404 : 200, answer.length == 0 ? -1 : answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private void steps(int value) {
        answers.put(
                STATE,
                "{\"running\": [{\"prompt_id\": \"p1\", \"progress\": {\"node\": \"3\", \"value\": %d}}]}"
                        .formatted(value));
    }

    @Test
    void promptThatDoesNotMoveIsAHang() {
        answers.put("/queue", ONE_RUNS);
        steps(7);
        assertEquals(Optional.empty(), check.problem());
        assertEquals(Optional.empty(), check.problem());
        Optional<String> hang = Optional.of("prompt p1 runs, and nothing has moved in 2 checks");
        assertEquals(hang, check.problem());
        steps(8);
        assertEquals(Optional.empty(), check.problem());
    }

    @Test
    void withoutTheNodeItsOutputIsWhatMoves() {
        answers.put("/queue", ONE_RUNS);
        for (int i = 0; i < 5; i++) {
            printed.incrementAndGet();
            assertEquals(Optional.empty(), check.problem());
        }
        check.problem();
        assertEquals(Optional.of("prompt p1 runs, and nothing has moved in 2 checks"), check.problem());
    }

    @Test
    void queueThatWaitsAtTheGateMayRest() {
        answers.put("/queue", NONE_RUNS);
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), check.problem());
        }
    }

    @Test
    void programThatReplacedItselfIsToldOnceWithOrWithoutOurNode() {
        answers.put("/queue", NONE_RUNS);
        assertEquals(List.of(false, false), List.of(isRenewed(), isRenewed()));
        image.set("second");
        assertEquals(List.of(true, false), List.of(isRenewed(), isRenewed()));
        answers.put(STATE, "{\"session\": \"a\", \"running\": []}");
        assertEquals(List.of(false, false), List.of(isRenewed(), isRenewed()));
        answers.put(STATE, "{\"session\": \"b\", \"running\": []}");
        assertEquals(List.of(true, false), List.of(isRenewed(), isRenewed()));
    }

    @Test
    void whatIsExecutedBeforeTheFirstAnswerIsTheStart() {
        assertEquals(false, isRenewed());
        image.set("second");
        assertEquals(false, isRenewed());
        answers.put("/queue", NONE_RUNS);
        assertEquals(false, isRenewed());
        answers.remove("/queue");
        image.set("third");
        assertEquals(true, isRenewed());
    }

    private boolean isRenewed() {
        check.problem();
        return check.isRenewed();
    }

    @Test
    void anotherAnswerIsNoQueueAndWell() {
        for (String answer : List.of("hello", "[1, 2]", "{\"queue_running\": 7}")) {
            answers.put("/queue", answer);
            assertEquals(Optional.empty(), check.problem());
        }
    }

    @Test
    void whoDoesNotAnswerIsIll() {
        assertEquals(Optional.of(url + "/queue answers 404"), check.problem());
        server.stop(0);
        assertEquals(true, check.problem().orElseThrow().startsWith(url + " does not answer"));
    }
}
