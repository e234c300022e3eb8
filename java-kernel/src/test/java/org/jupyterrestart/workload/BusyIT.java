package org.jupyterrestart.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.lifecycle.Work;

/** Against a server that answers as these apps do. */
class BusyIT {
    private LocalServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new LocalServer(_ -> 200);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Work answered(String preset, String path, String json) {
        server.content(asked -> asked.equals(path) ? json : "");
        return Busy.ask(LocalApp.of(preset, server));
    }

    @Test
    void imageThatIsMadeIsWaitedFor() {
        String path = "/sdapi/v1/progress";
        assertEquals(Work.busy("an image that it makes"), answered("a1111", path, "{\"state\":{\"job_count\":2}}"));
        assertEquals(Work.busy("an image that it makes"), answered("forge", path, "{\"state\":{\"job_count\":-1}}"));
        assertEquals(Work.NONE, answered("a1111", path, "{\"state\":{\"job_count\":0}}"));
    }

    @Test
    void whatInvokeAiKeepsInItsQueueIsNotWaitedFor() {
        String path = "/api/v1/queue/default/status";
        assertEquals(
                Work.busy("an image that it makes"),
                answered("invokeai", path, "{\"queue\":{\"pending\":4,\"in_progress\":1}}"));
        assertEquals(Work.NONE, answered("invokeai", path, "{\"queue\":{\"pending\":4,\"in_progress\":0}}"));
    }

    @Test
    void requestsOfAllEnginesAreWaitedFor() {
        String metrics = "# HELP vllm:num_requests_running x\nvllm:num_requests_running{engine=\"0\"} %s\n"
                + "vllm:num_requests_running{engine=\"1\"} 1.0\nvllm:num_requests_waiting{engine=\"1\"} 7.0\n";
        assertEquals(Work.busy("3 requests"), answered("vllm", "/metrics", metrics.formatted("2.0")));
        assertEquals(Work.busy("a request"), answered("vllm", "/metrics", metrics.formatted("0.0")));
        assertEquals(Work.NONE, answered("vllm", "/metrics", "vllm:num_requests_running{engine=\"0\"} 0.0\n"));
    }

    @Test
    void whatGivesNoAnswerIsNotWaitedFor() {
        assertEquals(Work.NONE, answered("vllm", "/metrics", "vllm:num_requests_running many"));
        assertEquals(Work.NONE, answered("invokeai", "/api/v1/queue/default/status", "no JSON"));
        server.answer(_ -> 404);
        assertEquals(Work.NONE, answered("a1111", "/sdapi/v1/progress", "{\"state\":{\"job_count\":2}}"));
        server.close();
        assertEquals(Work.NONE, Busy.ask(LocalApp.of("a1111", server)));
    }
}
