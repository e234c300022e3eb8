package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.api.wire.ConfigInForce;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.api.wire.NewConfig;
import org.jupyterrestart.api.wire.Problem;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.event.Drafts;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.json.Json;

@Timeout(60)
class ControlServerTest {
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

    @Test
    void tooManyRequestsAtOnceAreTurnedAwayUntilThereIsRoom() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            waiting.add(service.getLater("/v1/events?after=0&wait=60&client=tab-" + i));
        }
        HttpResponse<String> turnedAway = service.get("/v1/service");
        while (turnedAway.statusCode() == 200) {
            TimeUnit.MILLISECONDS.sleep(10);
            // One that met our own question was turned away in its place.
            waiting.removeIf(CompletableFuture::isDone);
            while (waiting.size() < 250) {
                waiting.add(service.getLater("/v1/events?after=0&wait=60&client=tab-x" + waiting.size()));
            }
            turnedAway = service.get("/v1/service");
        }
        assertEquals(503, turnedAway.statusCode());
        assertTrue(turnedAway.body().contains("\"code\":\"busy\""), turnedAway.body());

        service.events.append(Drafts.draft("one"));
        for (CompletableFuture<HttpResponse<String>> answer : waiting) {
            assertEquals(200, answer.get().statusCode());
        }
        assertEquals(200, service.get("/v1/service").statusCode());
    }

    /** As bytes on the wire: HTTP clients don't let a test choose its Host. */
    private String firstLine(String... headers) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            String request =
                    "GET /v1/service HTTP/1.1\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, 127.0.0.1:PORT, '', Bearer secret",
        "200, localhost:PORT, http://localhost:PORT, Bearer secret",
        "200, localhost:PORT, http://127.0.0.1:PORT, Bearer secret",
        "401, 127.0.0.1:PORT, '', ''",
        "401, 127.0.0.1:PORT, '', Bearer secreT",
        "401, 127.0.0.1:PORT, '', Basic secret",
        "401, 127.0.0.1:PORT, '', Bearer",
        "403, 127.0.0.1, '', Bearer secret",
        "403, evil.example:PORT, '', Bearer secret",
        "403, '', '', Bearer secret",
        "403, 127.0.0.1:PORT, 'null', Bearer secret",
        "403, 127.0.0.1:PORT, https://127.0.0.1:PORT, Bearer secret",
        "403, 127.0.0.1:PORT, http://evil.example, Bearer secret",
    })
    void onlyTheRightHostOriginAndTokenMayAsk(int status, String host, String origin, String authorization)
            throws IOException {
        String port = Integer.toString(service.port());
        String line = firstLine(Stream.of("Host: " + host, "Origin: " + origin, "Authorization: " + authorization)
                .filter(header -> !header.endsWith(": "))
                .map(header -> header.replace("PORT", port))
                .toArray(String[]::new));
        assertTrue(line.startsWith("HTTP/1.1 " + status), line);
    }

    static Stream<Arguments> commands() {
        return Stream.of(
                arguments("POST", "/v1/apps/comfyui/restart", "", "restart MANUAL now=false"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/restart",
                        "{\"now\":true,\"reason\":\"gpu-memory\"}",
                        "restart GPU_MEMORY now=true"),
                arguments("POST", "/v1/apps/comfyui/restart", "{\"in\":\"2h\"}", "restart in PT2H"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/postpone",
                        "{\"duration\":\"1h30m\",\"later\":1}",
                        "postpone PT1H30M"),
                arguments("POST", "/v1/apps/comfyui/enable", "", "enable true"),
                arguments("POST", "/v1/apps/comfyui/disable", "{}", "enable false"),
                arguments("POST", "/v1/apps/comfyui/leave", "", "leave"),
                arguments("POST", "/v1/apps/c%6Fmfyui/leave", "", "leave"),
                arguments("DELETE", "/v1/clients/tab-7", "", "gone tab-7"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/failed",
                        "{\"restart_id\":\"r-1\",\"message\":\"no\"}",
                        "failed r-1 no"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/kernels/restart",
                        "{\"kernels\":[\"k-1\"],\"over\":\"4GB\"}",
                        "kernel.restart_ordered: Restart of kernels is asked for: k-1, all from 4GB on"
                                + " {kernels=[k-1], over_bytes=4294967296}"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/kernels/postpone",
                        "{\"kernel_id\":\"k-1\",\"duration\":\"90m\"}",
                        "kernel.postponed: The restart of the kernel is put off for 1h30m"
                                + " {kernel_id=k-1, duration_s=5400}"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/kernels/told",
                        "{\"type\":\"kernel.restarted\",\"message\":\"Done\",\"data\":{\"kernel_id\":\"k-1\"}}",
                        "kernel.restarted: Done {kernel_id=k-1}"),
                arguments(
                        "POST",
                        "/v1/apps/comfyui/drained",
                        "{\"restart_id\":\"r-1\",\"client\":\"t\",\"saved\":[\"a\"],"
                                + "\"unsaved\":[{\"path\":\"b\",\"why\":\"w\"}]}",
                        "drained r-1 t [a] [UnsavedDocument[path=b, why=w]]"),
                arguments(
                        "POST",
                        "/v1/apps/jupyterlab/adopt",
                        "{\"pid\":7,\"life\":\"in_place\",\"restart_id\":null,\"kept\":"
                                + "{\"kernels\":3,\"terminals\":1,\"lost_kernels\":[],\"away_s\":1.4}}",
                        "adopt AdoptionRequest[pid=7, servingPid=OptionalInt.empty, standbyPid=OptionalInt.empty, preset=Optional.empty,"
                                + " port=OptionalInt.empty, inPlace=true, restartId=Optional.empty, url=Optional.empty, kept={away_s=1.4, kernels=3,"
                                + " terminals=1, lost_kernels=[]}, tookOver=false, respawn=false, command=Optional.empty, notes=[]]"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandIsTakenAndHandedOn(String method, String path, String body, String asked) throws Exception {
        HttpResponse<String> response = service.send(method, path, body);
        assertEquals("202 {\"seq\":0,\"restart_id\":null}", response.statusCode() + " " + response.body());
        assertEquals(List.of(asked), service.control.asked);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "restart  | {}                                        | Name the kernels by field",
                "restart  | {\"over\":\"much\"}                       | Field \"over\": \"much\" is no size",
                "restart  | {\"kernels\":\"k-1\"}                     | kernels",
                "postpone | {\"kernel_id\":\"k-1\",\"duration\":\"x\"} | Field \"duration\"",
                "told     | {\"type\":\"kernel.postponed\",\"message\":\"\",\"data\":{}} | nothing that happens to a kernel",
                "told     | {\"type\":\"app.lost\",\"message\":\"\",\"data\":{}} | nothing that happens to a kernel",
            })
    void whatIsWrongWithAnOrderAboutKernelsIsTold(String verb, String body, String told) throws Exception {
        HttpResponse<String> response = service.send("POST", "/v1/apps/comfyui/kernels/" + verb, body);
        assertEquals(400, response.statusCode());
        assertTrue(Json.readObject(response.body()).get("detail").getAsString().contains(told), response.body());
        assertEquals(List.of(), service.control.asked);
    }

    @Test
    void snapshotHasEverythingAtOneMoment() throws Exception {
        Event event = service.events.append(Drafts.draft("one"));
        Snapshot snapshot = Json.read(service.get("/v1/apps").body(), Snapshot.class);
        Snapshot expected = new Snapshot(
                1,
                snapshot.service(),
                List.of(Views.app(FakeControl.comfyui())),
                TestService.RESOURCES,
                List.of(event));
        assertEquals(expected, snapshot);
    }

    @Test
    void pollAnswersAtOnceWhereThereAreEvents() throws Exception {
        Event event = service.events.append(Drafts.draft("one"));
        Events events =
                Json.read(service.get("/v1/events?after=0&wait=60&client=tab-1").body(), Events.class);
        assertEquals(new Events(1, 1, List.of(event), Optional.empty()), events);
        assertEquals(List.of("seen tab-1"), service.control.asked);
    }

    @Test
    void pollWakesUpWithTheEvent() throws Exception {
        CompletableFuture<HttpResponse<String>> poll =
                service.getLater("/v1/events?after=0&wait=60&client=tab-1&snapshot=true");
        while (service.control.asked.isEmpty()) {
            Thread.onSpinWait();
        }
        Event event = service.events.append(Drafts.draft("one"));
        Events events = Json.read(poll.get(30, TimeUnit.SECONDS).body(), Events.class);
        assertEquals(List.of(event), events.events());
        assertEquals(1, events.snapshot().orElseThrow().seq());
    }

    @Test
    void pollForAnotherAppMovesItsCursorOnAllTheSame() throws Exception {
        service.events.append(Drafts.draft("one"));
        Events events = Json.read(service.get("/v1/events?app=jupyterlab").body(), Events.class);
        assertEquals(new Events(1, 1, List.of(), Optional.empty()), events);
    }

    @Test
    void pollWithALimitGoesOnWhereItEnded() throws Exception {
        service.events.append(Drafts.draft("one"));
        Event two = service.events.append(Drafts.draft("two"));
        assertEquals(
                1,
                Json.read(service.get("/v1/events?limit=1").body(), Events.class)
                        .seq());
        assertEquals(
                List.of(two),
                Json.read(service.get("/v1/events?after=1&limit=1").body(), Events.class)
                        .events());
    }

    @Test
    void logIsFollowedFromOffsetToOffset() throws Exception {
        Path file = home.resolve("restart.log");
        Files.writeString(file, "one\ntwo\nthree\n");
        Log last = Json.read(service.get("/v1/logs?n=2").body(), Log.class);
        assertEquals(new Log(List.of("two", "three"), 14), last);
        CompletableFuture<HttpResponse<String>> next = service.getLater("/v1/logs?after=14&wait=60");
        Files.writeString(file, "four\n", StandardOpenOption.APPEND);
        assertEquals(
                new Log(List.of("four"), 19),
                Json.read(next.get(30, TimeUnit.SECONDS).body(), Log.class));
    }

    @Test
    void planAndResourcesAndServiceAreServed() throws Exception {
        assertEquals(
                "{\"apps\":[{\"name\":\"comfyui\",\"fires\":[\"2026-11-24T06:00:00.000Z\"],\"steps\":["
                        + "{\"step\":\"stopping\",\"what\":\"TERM,"
                        + " 10 s, KILL\",\"deadline_s\":10.0}],\"blocked_by\":[]}]}",
                service.get("/v1/plan").body());
        assertEquals(
                "{\"samples\":[" + Json.write(TestService.RESOURCES) + "]}",
                service.get("/v1/resources?since=2026-11-24T00:59:59Z").body());
        assertEquals(
                "{\"running\":true,\"pid\":4100,\"uptime_s\":0,\"version\":\"0.1.0\",\"weaker_promises\":null}",
                service.get("/v1/service").body());
    }

    @Test
    void goodConfigIsWrittenAndInForce() throws Exception {
        assertEquals(
                "{\"path\":null,\"toml\":\"\",\"problems\":[]}",
                service.get("/v1/config").body());
        String toml = "[app.comfyui]\nevery = \"1h\"\n";
        HttpResponse<String> put = service.send("PUT", "/v1/config", Json.write(new NewConfig(toml)));
        assertEquals(List.of(202, "{\"seq\":0,\"restart_id\":null}"), List.of(put.statusCode(), put.body()));
        Path file = home.resolve("restart.toml");
        assertEquals(
                List.of(toml, Json.write(new ConfigInForce(Optional.of(file.toString()), toml, List.of()))),
                List.of(Files.readString(file), service.get("/v1/config").body()));
        assertEquals(List.of("config " + toml), service.control.asked);
    }

    @Test
    void badConfigIsRefusedWithAllItsProblems() throws Exception {
        HttpResponse<String> put =
                service.send("PUT", "/v1/config", Json.write(new NewConfig("[app.a]\nevry = 1\nnotice = 2\n")));
        Problem problem = Json.read(put.body(), Problem.class);
        Path file = home.resolve("restart.toml");
        assertEquals(
                List.of(422, ProblemCode.CONFIG_ERROR, 2L, false),
                List.of(
                        put.statusCode(),
                        problem.code(),
                        problem.detail().lines().count(),
                        Files.exists(file)));
        assertEquals(true, problem.detail().startsWith(file + ":2:1: unknown key \"evry\""), problem.detail());
    }

    @Test
    void contractIsServed() throws Exception {
        JsonElement served = Json.readObject(service.get("/v1/openapi.json").body());
        assertEquals("3.1.0", served.getAsJsonObject().get("openapi").getAsString());
    }

    @Test
    void stopIsAnsweredAndPassedOn() throws Exception {
        assertEquals(202, service.send("POST", "/v1/service/stop", "").statusCode());
        assertTrue(service.stopped.await(30, TimeUnit.SECONDS));
    }
}
