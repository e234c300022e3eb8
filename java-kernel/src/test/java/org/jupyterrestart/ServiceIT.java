package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppState;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.home.EndpointFile;
import org.jupyterrestart.json.Json;

/** The service as a process of its own, from the outside. */
@Timeout(120)
class ServiceIT {
    @TempDir
    Path folder;

    private ServiceLab lab;

    @BeforeEach
    void open() {
        lab = new ServiceLab(folder);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private List<String> eventTypes(Endpoint endpoint) throws IOException, InterruptedException {
        Events events = Json.read(lab.ask(endpoint, "GET", "/v1/events"), Events.class);
        return events.events().stream()
                .map(event -> event.seq() + " " + event.type().wireName())
                .toList();
    }

    @Test
    void terminatedServiceLeavesItsHistoryAndNothingElse() throws Exception {
        Process service = lab.start();
        Endpoint endpoint = lab.endpoint(service);
        assertEquals("rw-------", ServiceLab.permissions(lab.home().resolve("endpoint.json")));
        assertEquals(
                List.of("" + service.pid(), "" + service.pid()),
                List.of(
                        Files.readAllLines(folder.resolve("auto_restart.pid")).getFirst(),
                        Files.readAllLines(folder.resolve("scheduler.pid")).getFirst()));
        service.destroy();
        assertEquals(0, service.waitFor());
        assertEquals(
                List.of(false, false, false),
                List.of(
                        Files.exists(lab.home().resolve("endpoint.json")),
                        Files.exists(folder.resolve("auto_restart.pid")),
                        Files.exists(folder.resolve("scheduler.pid"))));
        Endpoint next = lab.endpoint(lab.start());
        assertEquals(List.of("1 service.started", "2 service.stopped", "3 service.started"), eventTypes(next));
        assertEquals(false, endpoint.token().equals(next.token()));
    }

    @Test
    void killedServiceIsFollowedByOneThatGoesOnWhereItWas() throws Exception {
        Process service = lab.start();
        lab.endpoint(service);
        service.destroyForcibly().waitFor();
        Endpoint next = lab.endpoint(lab.start());
        assertEquals(List.of("1 service.started", "2 service.started"), eventTypes(next));
        assertEquals(
                List.of("" + next.pid(), "" + next.pid()),
                List.of(
                        Files.readAllLines(folder.resolve("auto_restart.pid")).getFirst(),
                        Files.readAllLines(folder.resolve("scheduler.pid")).getFirst()));
    }

    @Test
    void appsGoOnWhileTheirServiceIsKilledAndFollowed() throws Exception {
        Path config = Files.writeString(folder.resolve("restart.toml"), """
            [app.sleeper]
            command = ["/bin/sleep", "300"]
            every = "never"
            """);
        Process service = lab.start("--config", config.toString());
        App app = awaitRunning(lab.endpoint(service));
        service.destroyForcibly().waitFor();
        Process next = lab.start("--config", config.toString());
        try {
            assertEquals(app.pid(), awaitRunning(lab.endpoint(next)).pid());
        } finally {
            lab.ask(lab.endpoint(next), "POST", "/v1/apps/sleeper/stop");
            awaitState(lab.endpoint(next), AppState.STOPPED);
        }
        assertEquals(
                List.of("1 service.started", "2 app.starting", "3 app.ready", "4 service.started", "5 service.adopted"),
                eventTypes(lab.endpoint(next)).subList(0, 5));
    }

    /** The endpoint that the same process has written since {@code before}. */
    private Endpoint next(Process process, Endpoint before) throws IOException, InterruptedException {
        EndpointFile file = new EndpointFile(lab.home());
        while (file.read().equals(Optional.of(before))) {
            assertTrue(process.isAlive(), "the service ended: " + lab.output());
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return lab.endpoint(process);
    }

    private static long descriptors(Process process) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return all.count();
        }
    }

    @Test
    void replacedServiceIsTheSameProcessWithTheSameApps() throws Exception {
        Path config = Files.writeString(folder.resolve("restart.toml"), """
                [app.sleeper]
                command = ["sleep", "300"]
                """);
        Process service = lab.start("--config", config.toString());
        Endpoint first = lab.endpoint(service);
        try {
            awaitRunning(first);
            App before = Json.read(lab.ask(first, "GET", "/v1/apps/sleeper"), App.class);
            lab.ask(first, "POST", "/v1/service/restart");
            Endpoint second = next(service, first);
            App after = Json.read(lab.ask(second, "GET", "/v1/apps/sleeper"), App.class);
            assertEquals(List.of(before.pid(), AppState.RUNNING), List.of(after.pid(), after.state()));
            assertEquals(
                    "" + service.pid(),
                    Files.readAllLines(folder.resolve("auto_restart.pid")).getFirst());
            assertEquals(5, lab.start("--config", config.toString()).waitFor());
            long open = descriptors(service);
            lab.ask(second, "POST", "/v1/service/restart");
            Endpoint third = next(service, second);
            awaitRunning(third);
            assertTrue(
                    descriptors(service) <= open + 2, "descriptors: %d, then %d".formatted(open, descriptors(service)));
        } finally {
            stopSleeper();
        }
        service.destroy();
        assertEquals(0, service.waitFor());
    }

    @Test
    void replacedServiceGoesOnWithARestartThatIsHalfDone() throws Exception {
        Path config = Files.writeString(folder.resolve("restart.toml"), """
                [app.sleeper]
                command = ["/bin/sh", "-c", "echo $$ >> '%1$s/lives'; trap '' TERM; while true; do sleep 0.2; done"]
                stop = ["TERM 3s", "KILL"]
                """.formatted(folder));
        Process service = lab.start("--config", config.toString());
        Endpoint first = lab.endpoint(service);
        try {
            awaitRunning(first);
            lab.ask(first, "POST", "/v1/apps/sleeper/restart");
            lab.ask(first, "POST", "/v1/service/restart");
            Endpoint second = next(service, first);
            while (Json.read(lab.ask(second, "GET", "/v1/apps/sleeper"), App.class)
                            .restarts()
                    == 0) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            awaitRunning(second);
            assertEquals(2, Files.readAllLines(folder.resolve("lives")).size());
        } finally {
            stopSleeper();
        }
    }

    @Test
    void whatIsNoProgramIsNotBecome() throws Exception {
        Endpoint endpoint = lab.endpoint(lab.start());
        String body = "{\"program\": [\"/no/java\"]}";
        assertEquals(
                400, lab.send(endpoint, "POST", "/v1/service/restart", body).statusCode());
        lab.ask(endpoint, "GET", "/v1/apps");
    }

    @Test
    void appRunsAsSoonAsItsProbeSaysSo() throws Exception {
        Path config = Files.writeString(folder.resolve("restart.toml"), """
                [app.sleeper]
                command = ["/bin/sh", "-c", "until [ -e go ]; do sleep 0.1; done; touch up; exec sleep 300"]
                directory = "%s"
                probe = { exec = ["test", "-e", "up"] }
                """.formatted(folder));
        Endpoint endpoint = lab.endpoint(lab.start("--config", config.toString()));
        try {
            assertEquals(
                    AppState.STARTING,
                    Json.read(lab.ask(endpoint, "GET", "/v1/apps/sleeper"), App.class)
                            .state());
            Files.createFile(folder.resolve("go"));
            awaitRunning(endpoint);
            assertTrue(Files.exists(folder.resolve("up")));
        } finally {
            lab.ask(endpoint, "POST", "/v1/apps/sleeper/stop");
            awaitState(endpoint, AppState.STOPPED);
        }
    }

    /** By whatever service there is. */
    private void stopSleeper() throws IOException, InterruptedException {
        Endpoint endpoint = new EndpointFile(lab.home()).read().orElseThrow();
        lab.ask(endpoint, "POST", "/v1/apps/sleeper/stop");
        awaitState(endpoint, AppState.STOPPED);
    }

    private App awaitRunning(Endpoint endpoint) throws IOException, InterruptedException {
        return awaitState(endpoint, AppState.RUNNING);
    }

    private App awaitState(Endpoint endpoint, AppState state) throws IOException, InterruptedException {
        App app = Json.read(lab.ask(endpoint, "GET", "/v1/apps/sleeper"), App.class);
        while (app.state() != state) {
            TimeUnit.MILLISECONDS.sleep(10);
            app = Json.read(lab.ask(endpoint, "GET", "/v1/apps/sleeper"), App.class);
        }
        return app;
    }

    @Test
    void secondServiceOfOneHomeNamesTheFirst() throws Exception {
        Process first = lab.start();
        lab.endpoint(first);
        Process second = lab.start();
        assertEquals(5, second.waitFor());
        assertTrue(
                lab.output().contains("A restart service (pid %d) runs with the home".formatted(first.pid())),
                lab.output());
    }

    @Test
    void badConfigIsToldByLineAndColumn() throws Exception {
        Path config = Files.writeString(
                folder.resolve("restart.toml"), "[service]\nlog_keep = \"five\"\n\n[app.a]\nevry = \"6h\"\n");
        Process service = lab.start("--config", config.toString());
        assertEquals(2, service.waitFor());
        assertEquals(
                List.of(config + ":2:1", config + ":5:1"),
                lab.output().lines().map(line -> line.replaceFirst(": .*", "")).toList());
    }

    @Test
    void editOfItsConfigFileIsTakenWhileItRuns() throws Exception {
        Path config = Files.writeString(folder.resolve("restart.toml"), "");
        Endpoint endpoint = lab.endpoint(lab.start("--config", config.toString()));
        Files.writeString(config, "[app.sleeper]\ncommand = [\"/bin/sleep\", \"300\"]\n");
        awaitTypes(endpoint, "1 service.started", "2 config.loaded", "3 app.starting", "4 app.ready");
        Files.writeString(config, "");
        awaitTypes(endpoint, "5 config.loaded", "6 app.stopping", "7 app.stopped");
    }

    private void awaitTypes(Endpoint endpoint, String... types) throws IOException, InterruptedException {
        while (!eventTypes(endpoint).containsAll(List.of(types))) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Test
    void stopOverHttpIsAnsweredBeforeTheEnd() throws Exception {
        Process service = lab.start();
        assertEquals("{\"seq\":1,\"restart_id\":null}", lab.ask(lab.endpoint(service), "POST", "/v1/service/stop"));
        assertEquals(0, service.waitFor());
        assertTrue(Files.readString(lab.restartLog())
                .contains("🚀 Auto-restart service starting - Next restart at: never"));
    }
}
