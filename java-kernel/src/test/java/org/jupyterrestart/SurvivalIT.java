package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppState;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.Reason;

/**
 * The service is killed by SIGKILL at random moments, and the next one is started: while it starts, adopts, and in the
 * middle of starts, stops, restarts and writes. Each app has a lock that its whole tree holds.
 *
 * <p>A longer run, or one with a known seed: {@code -Dsurvival.moments=5000 -Dsurvival.seed=7}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class SurvivalIT {
    private static final int MOMENTS = Integer.getInteger("survival.moments", 100);
    private static final long SEED = Long.getLong("survival.seed", System.nanoTime());

    private static final Set<EventType> ENDS =
            Set.of(EventType.RESTART_COMPLETED, EventType.RESTART_FAILED, EventType.RESTART_CALLED_OFF);
    private static final Map<String, Set<Reason>> GOOD_REASONS = Map.of(
            "crashing", Set.of(Reason.CRASH),
            "flapping", Set.of(Reason.CRASH),
            "steady", Set.of(Reason.MANUAL),
            "stubborn", Set.of(Reason.MANUAL),
            "timed", Set.of(Reason.MANUAL, Reason.SCHEDULED));
    private static final List<String> WORDS = List.of(
            "steady/restart",
            "stubborn/restart",
            "stubborn/restart",
            "switched/stop",
            "switched/start",
            "timed/restart");

    /** Kept after a failure: its event log tells the story. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final RandomGenerator random = new SplittableRandom(SEED);
    private final Set<String> promised = new HashSet<>();
    private ServiceLab lab;

    /** How long the start of a service takes on this machine now. */
    private int birthMillis;

    @BeforeEach
    void open() {
        lab = new ServiceLab(folder);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void aServiceKilledAtRandomMomentsStartsNothingTwiceAndForgetsNothing() throws Exception {
        System.out.println("SurvivalIT: -Dsurvival.seed=" + SEED + " -Dsurvival.moments=" + MOMENTS);
        Path config = Files.writeString(folder.resolve("restart.toml"), config());
        Process bystander = new ProcessBuilder("sleep", "infinity").start();
        Files.writeString(lab.pidFile(), bystander.pid() + "\n");
        try {
            birthMillis = measureBirth(lab.start("--config", config.toString()));
            for (int moment = 1; moment < MOMENTS; moment++) {
                liveUntilSomeMoment(lab.start("--config", config.toString()));
            }
            awaitPeace(lab.start("--config", config.toString()));
            assertTrue(bystander.isAlive(), "the process that an old pid file names lives on");
        } finally {
            bystander.destroyForcibly().waitFor();
        }
        assertFalse(Files.exists(folder.resolve("second")), () -> "seed " + SEED + ": " + read("second"));
        check(events());
    }

    @Test
    void aStopOfSeveralAppsGoesOnInItsOrderAfterAKill() throws Exception {
        String config =
                Files.writeString(folder.resolve("restart.toml"), chain()).toString();
        Process service = lab.start("--config", config);
        Endpoint endpoint = lab.endpoint(service);
        for (String name : List.of("base", "middle", "top")) {
            await(endpoint, name, AppState.RUNNING);
        }
        lab.ask(endpoint, "POST", "/v1/stop");
        await(endpoint, "top", AppState.STOPPED);
        service.destroyForcibly().waitFor();
        service = lab.start("--config", config);
        endpoint = lab.endpoint(service);
        await(endpoint, "base", AppState.STOPPED);
        service.destroy();
        service.waitFor();

        assertFalse(Files.exists(folder.resolve("second")), () -> read("second"));
        assertEquals(List.of("base", "middle", "top"), names(events(), EventType.APP_STARTING));
        assertEquals(List.of("top", "middle", "base"), names(events(), EventType.APP_STOPPED));
    }

    private static List<String> names(List<Event> events, EventType type) {
        return events.stream()
                .filter(event -> event.type() == type)
                .map(event -> event.app().orElseThrow())
                .toList();
    }

    @Test
    void ofTwentyThatAreStartedAtOnceOneServes() throws Exception {
        List<Process> services = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            services.add(lab.start());
        }
        while (services.stream().filter(Process::isAlive).count() > 1) {
            pause(10);
        }
        Process one = services.stream().filter(Process::isAlive).findFirst().orElseThrow();
        lab.endpoint(one);
        one.destroy();
        one.waitFor();
        assertEquals(
                List.of(EventType.SERVICE_STARTED, EventType.SERVICE_STOPPED),
                events().stream().map(Event::type).toList());
        services.remove(one);
        assertEquals(Set.of(5), services.stream().map(Process::exitValue).collect(Collectors.toSet()));
    }

    private int measureBirth(Process service) throws Exception {
        long before = System.nanoTime();
        lab.endpoint(service);
        service.destroyForcibly().waitFor();
        return Math.toIntExact(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
    }

    /** Most kills are at some moment of its birth, the others when it has just been told to do something. */
    private void liveUntilSomeMoment(Process service) throws Exception {
        if (random.nextInt(3) > 0) {
            pause(random.nextInt(birthMillis + birthMillis / 4));
        } else {
            Endpoint endpoint = lab.endpoint(service);
            for (int commands = random.nextInt(3); commands >= 0; commands--) {
                command(endpoint, WORDS.get(random.nextInt(WORDS.size())));
            }
            pause(random.nextInt(200));
        }
        service.destroyForcibly().waitFor();
    }

    private void command(Endpoint endpoint, String word) throws Exception {
        String answer = lab.ask(endpoint, "POST", "/v1/apps/" + word);
        var id = JsonParser.parseString(answer).getAsJsonObject().get("restart_id");
        if (id != null && !id.isJsonNull()) {
            promised.add(id.getAsString());
        }
    }

    /** Every app runs in the end, also the one whose last word was lost with a service; then all are stopped. */
    private void awaitPeace(Process service) throws Exception {
        Endpoint endpoint = lab.endpoint(service);
        lab.ask(endpoint, "POST", "/v1/apps/switched/start");
        for (String name : List.of("steady", "stubborn", "timed", "switched", "crashing", "flapping")) {
            await(endpoint, name, AppState.RUNNING);
            await(endpoint, name, AppState.RUNNING);
        }
        for (App app :
                Json.read(lab.ask(endpoint, "GET", "/v1/apps"), Snapshot.class).apps()) {
            lab.ask(endpoint, "POST", "/v1/apps/%s/stop".formatted(app.name()));
            await(endpoint, app.name(), AppState.STOPPED);
        }
        service.destroy();
        assertEquals(0, service.waitFor());
    }

    private void await(Endpoint endpoint, String name, AppState state) throws Exception {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        App app;
        do {
            app = Json.read(lab.ask(endpoint, "GET", "/v1/apps/" + name), App.class);
            if (System.nanoTime() > deadline) {
                throw new AssertionError("seed %d: %s is not %s but %s".formatted(SEED, name, state, app));
            }
            pause(5);
        } while (app.state() != state);
    }

    private static void pause(int millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    private List<Event> events() throws IOException {
        try (SegmentedEventLog log = new SegmentedEventLog(lab.home(), SegmentedEventLog.Limits.USUAL)) {
            List<Event> all = new ArrayList<>();
            while (log.lastSeq() > all.size()) {
                all.addAll(log.since(all.size(), 1000));
            }
            return all;
        }
    }

    private void check(List<Event> events) throws IOException {
        assertEquals(
                LongStream.rangeClosed(1, events.size()).boxed().toList(),
                events.stream().map(Event::seq).toList());
        Map<String, List<Event>> restarts = events.stream()
                .filter(event -> event.restartId().isPresent())
                .collect(Collectors.groupingBy(event -> event.restartId().get(), TreeMap::new, Collectors.toList()));
        assertEquals(
                List.of(),
                restarts.values().stream().filter(SurvivalIT::isNotToldOnce).toList());
        assertTrue(restarts.keySet().containsAll(promised), "each restart that was promised took place");
        assertEquals(
                List.of(),
                restarts.values().stream().filter(SurvivalIT::isForNoGoodReason).toList());
        assertEquals(Set.of("crashing", "flapping"), appsOf(events, EventType.APP_CRASHED, EventType.APP_LOST));
        assertEquals(
                Set.of(),
                events.stream()
                        .filter(event -> event.type() == EventType.APP_CRASHED)
                        .map(Event::message)
                        .filter(message -> !message.contains("exit code 3"))
                        .collect(Collectors.toSet()));
        long interrupted = restarts.values().stream()
                .filter(restart -> isInterrupted(restart, events))
                .count();
        System.out.println("SurvivalIT: %d events, %d restarts, %d of them interrupted by a kill"
                .formatted(events.size(), restarts.size(), interrupted));
        assertTrue(interrupted > 0, "kills came in the middle of restarts");
        checkRestartLog(events);
    }

    /** A restart has one beginning, and one end after it. */
    private static boolean isNotToldOnce(List<Event> restart) {
        List<EventType> types = restart.stream().map(Event::type).toList();
        long beginnings = types.stream()
                .filter(type -> type == EventType.RESTART_INITIATED)
                .count();
        long ends = types.stream().filter(ENDS::contains).count();
        return beginnings != 1
                || ends != 1
                || types.getFirst() != EventType.RESTART_INITIATED
                || !ENDS.contains(types.getLast());
    }

    private static boolean isInterrupted(List<Event> restart, List<Event> all) {
        return all.stream()
                .filter(event -> event.type() == EventType.SERVICE_STARTED)
                .anyMatch(event -> event.seq() > restart.getFirst().seq()
                        && event.seq() < restart.getLast().seq());
    }

    private static boolean isForNoGoodReason(List<Event> restart) {
        Event beginning = restart.getFirst();
        Set<Reason> good = GOOD_REASONS.getOrDefault(beginning.app().orElseThrow(), Set.of());
        return !good.contains(beginning.reason().orElseThrow());
    }

    private static Set<String> appsOf(List<Event> events, EventType... types) {
        return events.stream()
                .filter(event -> List.of(types).contains(event.type()))
                .map(Event::app)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
    }

    /** It has a line for each beginning of a restart, none twice. */
    private void checkRestartLog(List<Event> events) throws IOException {
        assertEquals(
                events.stream()
                        .filter(event -> event.type() == EventType.RESTART_INITIATED)
                        .map(event -> event.reason().orElseThrow().title())
                        .toList(),
                Files.readAllLines(lab.restartLog()).stream()
                        .filter(line -> line.contains("🔄"))
                        .map(line -> line.replaceFirst(".*🔄 (\\S+) restart initiated.*", "$1"))
                        .toList());
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Where a command of an app begins: what kind of app it is follows. */
    private String start() throws IOException {
        Path script = folder.resolve("app.sh");
        try (var in = SurvivalIT.class.getResourceAsStream("/survival/app.sh")) {
            Files.copy(in, script);
        }
        return "command = [\"/bin/sh\", \"%s\", \"%s\", ".formatted(script, folder);
    }

    /** The one in the middle takes its time to end. */
    private String chain() throws IOException {
        return """
            [app.base]
            %1$s"base", "steady"]
            [app.middle]
            %1$s"middle", "stubborn"]
            depends_on = ["base"]
            stop = ["TERM 3s", "KILL"]
            [app.top]
            %1$s"top", "steady"]
            depends_on = ["middle"]
            """.formatted(start());
    }

    private String config() throws IOException {
        return """
            [app.steady]
            %1$s"steady", "steady"]
            every = "never"
            [app.switched]
            %1$s"switched", "steady"]
            every = "never"
            [app.stubborn]
            %1$s"stubborn", "stubborn"]
            every = "never"
            stop = ["TERM 100ms", "KILL"]
            [app.timed]
            %1$s"timed", "steady"]
            every = "1s"
            [app.crashing]
            %1$s"crashing", "crashing"]
            every = "never"
            restart = { backoff = "100ms", max = "200ms", limit = 100000 }
            [app.flapping]
            %1$s"flapping", "flapping"]
            every = "never"
            restart = { backoff = "100ms", max = "200ms", limit = 100000 }
            """.formatted(start());
    }
}
