package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.ConfigLoader;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.home.ConfigPlaces;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.resource.UnmeasuredSampler;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.LiveConfig;

/** A real server on a real event log, with a fake supervisor behind it. */
final class TestService implements AutoCloseable {
    static final String TOKEN = "secret";
    static final Resources RESOURCES = new Resources(
            Instant.parse("2026-11-24T01:00:00Z"),
            OptionalLong.of(8),
            OptionalLong.of(16),
            OptionalLong.of(45),
            OptionalLong.of(100),
            List.of(),
            Optional.empty());

    final Path home;
    final SegmentedEventLog events;
    final FakeControl control;
    final CountDownLatch stopped = new CountDownLatch(1);
    private final ControlApi api;
    private final HttpClient client = HttpClient.newHttpClient();
    private ControlServer server;

    private TestService(Path home) throws IOException {
        this.home = home;
        events = new SegmentedEventLog(home, SegmentedEventLog.Limits.USUAL);
        control = new FakeControl(events);
        ResourceRing ring = new ResourceRing(new FixedSampler(), new OnceClock(), () -> Duration.ofSeconds(5));
        api = new ControlApi(new ControlApi.Parts(
                control,
                events,
                ring,
                new Logs(home),
                new LiveConfig(configFile(home), new OnceClock(), new ToldConfig()),
                new ServiceFacts(4100, "0.1.0", new Now(Instant.EPOCH, System.nanoTime()), Optional.empty()),
                new OnceClock(),
                _ -> stopped.countDown()));
    }

    /** Only the API, in a folder that goes with the machine's temporary files. */
    static TestService unstarted() {
        try {
            Path home = Files.createTempDirectory("jupyter-restart-test");
            home.toFile().deleteOnExit();
            TestService service = new TestService(home);
            service.events.close();
            Files.delete(home.resolve("events.jsonl"));
            return service;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TestService start(Path home) throws IOException {
        TestService service = new TestService(home);
        service.server = new ControlServer(new ControlServer.Settings(0, TOKEN, "0.1.0"), service.api);
        return service;
    }

    private static ConfigFile configFile(Path home) {
        ConfigPlaces places = new ConfigPlaces(List.of(home.resolve("restart.toml")), false);
        ConfigLoader loader = new ConfigLoader(Overrides.NONE, ZoneOffset.UTC);
        return ConfigFile.open(places, loader) instanceof ConfigFile.Opened.Good(ConfigFile file)
                ? file
                : fail("a folder without a config file must do");
    }

    private final class ToldConfig implements LiveConfig.Listener {
        @Override
        public Accepted changed(Supplier<ConfigFile.InForce> inForce) {
            control.asked.add("config " + inForce.get().toml());
            return new Accepted(events.lastSeq(), Optional.empty());
        }

        @Override
        public void rejected(List<String> problems) {}
    }

    ControlApi api() {
        return api;
    }

    int port() {
        return server.port();
    }

    /** With the token. */
    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        return client.send(request(method, path, body), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    CompletableFuture<HttpResponse<String>> getLater(String path) {
        return client.sendAsync(request("GET", path, ""), BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + TOKEN)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    @Override
    public void close() throws IOException {
        client.shutdownNow();
        server.close();
        events.close();
    }

    private record Logs(Path home) implements LogPaths {
        @Override
        public Path restartLog() {
            return home.resolve("restart.log");
        }

        @Override
        public Path output(String name) {
            return home.resolve("logs").resolve(name + ".log");
        }
    }

    private static final class FixedSampler extends UnmeasuredSampler {
        @Override
        public Resources sample() {
            return RESOURCES;
        }
    }

    /** Real time; runs what is due at once, and nothing later. */
    private static final class OnceClock implements Clock {
        @Override
        public Now now() {
            return new Now(Instant.EPOCH, System.nanoTime());
        }

        @Override
        public Duration sinceBoot() {
            return Duration.ZERO;
        }

        @Override
        public Cancellable after(Duration delay, Runnable task) {
            if (delay.isZero()) {
                task.run();
            }
            return () -> {};
        }
    }
}
