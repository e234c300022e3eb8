package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.api.wire.Problem;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.json.Json;

@Timeout(60)
class ApiProblemTest {
    @TempDir
    Path home;

    private TestService service;

    @BeforeEach
    void start() throws IOException {
        service = TestService.start(home);
    }

    @AfterEach
    void stop() throws IOException {
        service.close();
    }

    static Stream<Arguments> problems() {
        return Stream.of(
                arguments(
                        "GET",
                        "/v1/apps/nope",
                        "",
                        ProblemCode.NO_SUCH_APP,
                        "There is no app \"nope\". Apps: comfyui."),
                arguments("POST", "/v1/apps/nope/enable", "", ProblemCode.NO_SUCH_APP, "There is no app \"nope\"."),
                arguments(
                        "GET",
                        "/v1/nothing",
                        "",
                        ProblemCode.NO_SUCH_ROUTE,
                        "There is nothing at /v1/nothing. See /v1/openapi.json."),
                arguments(
                        "GET",
                        "/v1/apps/comfyui/stop",
                        "",
                        ProblemCode.METHOD_NOT_ALLOWED,
                        "GET does not go with /v1/apps/comfyui/stop: use POST."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/start",
                        "",
                        ProblemCode.REFUSED,
                        "comfyui is running already: nothing to do."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/stop",
                        "",
                        ProblemCode.INTERNAL,
                        "The service failed to answer; service.log in its home says why."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/enable",
                        "[]",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as Nothing: it is no JSON object. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "\"now\"",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as RestartOrder: it is no JSON object. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "{now",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as RestartOrder: it is no JSON. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "{}{}",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as RestartOrder: it is no JSON. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "{\"now\":\"yes\"}",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as RestartOrder: field \"now\" must be true or false, not \"yes\". See"
                                + " /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "{\"reason\":\"boredom\"}",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as RestartOrder: \"boredom\" is none of scheduled, manual, crash,"
                                + " hang, memory, gpu-memory, disk, idle, config, fleet, self. See /v1/openapi.json."),
                // The lower 32 bits are the pid 7 of another process.
                arguments(
                        "POST",
                        "/v1/apps/comfyui/adopt",
                        "{\"pid\":4294967303}",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as Adoption: 4294967303 is no whole number from -2147483648 to"
                                + " 2147483647. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/postpone",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The body can't be read as Postponement: field \"duration\" is missing. See /v1/openapi.json."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/postpone",
                        "{\"duration\":\"soon\"}",
                        ProblemCode.BAD_REQUEST,
                        "Field \"duration\": \"soon\" is no duration: write it like 500ms, 10s, 5m, 2h, 1h30m or 1d."),
                arguments(
                        "POST",
                        "/v1/apps/..%2Fcomfyui/adopt",
                        "{\"pid\":7}",
                        ProblemCode.BAD_REQUEST,
                        "\"../comfyui\" is no name for an app: an app's name begins with a letter or a digit, and may hold"
                                + " letters, digits, dots, dashes and underscores only."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/adopt",
                        "{\"pid\":0}",
                        ProblemCode.BAD_REQUEST,
                        "Field \"pid\" is 0: a process id is positive."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/adopt",
                        "{\"pid\":1}",
                        ProblemCode.REFUSED,
                        "To stop process 1 would end the whole machine, or container. Adopt the app itself."),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/adopt",
                        "{\"pid\":4100}",
                        ProblemCode.REFUSED,
                        "Process 4100 is the restart service itself. Name another one."),
                arguments(
                        "GET",
                        "/v1/events?after=-1",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The query value after=-1 is no good: write a whole number from 0."),
                arguments(
                        "GET",
                        "/v1/events?wait=61",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The query value wait=61 is no good: write seconds from 0 to 60."),
                arguments(
                        "GET",
                        "/v1/events?snapshot=maybe",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The query value snapshot=maybe is no good: write true or false."),
                arguments(
                        "GET",
                        "/v1/events?after=5",
                        "",
                        ProblemCode.UNKNOWN_SEQ,
                        "Seq 5 is not in the event log, which has 1 to 0. Take a new snapshot and go on from its seq."),
                arguments(
                        "GET",
                        "/v1/resources?since=yesterday",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The query value since=yesterday is no good: write a time like 2026-11-24T06:00:00Z."),
                arguments(
                        "GET",
                        "/v1/logs/comfyui",
                        "",
                        ProblemCode.REFUSED,
                        "The service did not start comfyui (pid 4242), so its output is not here: look where it was"
                                + " started."),
                arguments(
                        "GET",
                        "/v1/plan?n=1001",
                        "",
                        ProblemCode.BAD_REQUEST,
                        "The query value n=1001 is no good: write a whole number from 1 to 1000."));
    }

    @ParameterizedTest
    @MethodSource("problems")
    void failureIsAProblemThatSaysWhatToDo(String method, String path, String body, ProblemCode code, String detail)
            throws Exception {
        HttpResponse<String> response = service.send(method, path, body);
        assertEquals(
                new Problem("about:blank", code.title(), code.status(), detail, code),
                Json.read(response.body(), Problem.class));
        assertEquals(
                List.of(code.status() + "", "application/problem+json", "0.1.0"),
                List.of(
                        response.statusCode() + "",
                        response.headers().firstValue("Content-Type").orElse(""),
                        response.headers()
                                .firstValue("X-Jupyter-Restart-Version")
                                .orElse("")));
    }

    @Test
    void methodNotAllowedNamesTheAllowedOnes() throws Exception {
        assertEquals(
                "POST",
                service.get("/v1/service/stop").headers().firstValue("Allow").orElse(""));
    }

    @Test
    void bodyOverAMegabyteIsABadRequest() throws Exception {
        HttpResponse<String> response =
                service.send("POST", "/v1/apps/comfyui/restart", "{\"in\":\"" + "x".repeat(20 << 20) + "\"}");
        assertEquals(
                "400 The body is longer than 1048576 bytes.",
                response.statusCode() + " "
                        + Json.read(response.body(), Problem.class).detail());
    }
}
