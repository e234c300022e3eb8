package org.jupyterrestart.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.LocalServer;

/** Against a server that answers as these apps do. */
class FreeingIT {
    private LocalServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new LocalServer(_ -> 200);
    }

    @AfterEach
    void close() {
        server.close();
    }

    /** What was asked, as {@code METHOD PATH BODY}. */
    private List<String> asked(String preset, UnaryOperator<String> content) {
        server.content(content);
        assertEquals(Optional.empty(), Freeing.ask(LocalApp.of(preset, server)));
        return server.asked().stream()
                .map(it ->
                        "%s %s %s".formatted(it.method(), it.path(), it.body()).strip())
                .toList();
    }

    @Test
    void invokeAiEmptiesItsCache() {
        assertEquals(List.of("POST /api/v2/models/empty_model_cache {}"), asked("invokeai", _ -> ""));
    }

    @Test
    void ollamaUnloadsEachModel() {
        assertEquals(
                List.of(
                        "GET /api/ps",
                        "POST /api/generate {\"model\":\"a:7b\",\"keep_alive\":0}",
                        "POST /api/generate {\"model\":\"b\",\"keep_alive\":0}"),
                asked(
                        "ollama",
                        path -> path.equals("/api/ps")
                                ? "{\"models\":[{\"name\":\"a:7b\",\"size_vram\":1},{\"name\":\"b\"}]}"
                                : "{}"));
    }

    @Test
    void swarmUiIsAskedInASession() {
        assertEquals(
                List.of(
                        "POST /API/GetNewSession {}",
                        "POST /API/FreeBackendMemory {\"session_id\":\"s1\",\"system_ram\":false}"),
                asked("swarmui", _ -> "{\"session_id\":\"s1\"}"));
    }

    @Test
    void othersKnowNoSuchRequest() {
        assertEquals(Optional.of("it knows no such request"), Freeing.ask(LocalApp.of("vllm", server)));
        assertEquals(List.of(), server.asked());
    }

    @Test
    void whatGoesWrongIsTold() {
        server.answer(_ -> 500);
        assertEquals(Optional.of("it answered 500"), Freeing.ask(LocalApp.of("invokeai", server)));

        server.answer(_ -> 200);
        server.content(_ -> "no JSON");
        String problem = Freeing.ask(LocalApp.of("ollama", server)).orElseThrow();
        assertTrue(problem.startsWith("it gave an answer that is not understood"), problem);
    }
}
