package org.jupyterrestart.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.SmallDisk;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Clock;

class RestartLogTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");
    private static final Map<String, Object> NEXT = Map.of("next_restart", "2026-11-24T12:00:00.000Z");
    private static final long GB = 1L << 30;
    private static final Resources RESOURCES = new Resources(
            Drafts.TIME,
            OptionalLong.of(82 * GB / 10),
            OptionalLong.of(16 * GB),
            OptionalLong.of(45 * GB),
            OptionalLong.of(100 * GB),
            List.of(),
            Optional.empty());

    @TempDir
    Path home;

    private static List<String> lines(
            EventType type, Optional<Reason> reason, Map<String, Object> data, boolean inPlace) {
        Event event = new EventDraft(
                        Drafts.TIME, Optional.of("comfyui"), type, Optional.of("r-1"), reason, "It said\nno", data)
                .withSeq(1);
        return new RestartLogLines(PARIS).of(event, () -> new RestartLogLines.Context("ComfyUI", inPlace, RESOURCES));
    }

    static Stream<Arguments> lines() {
        Optional<Reason> scheduled = Optional.of(Reason.SCHEDULED);
        Map<String, Object> none = Map.of();
        return Stream.of(
                arguments(
                        EventType.SERVICE_STARTED,
                        Optional.empty(),
                        NEXT,
                        false,
                        List.of("🚀 Auto-restart service starting - Next restart at: 2026-11-24 13:00:00")),
                arguments(
                        EventType.SERVICE_STARTED,
                        Optional.empty(),
                        none,
                        false,
                        List.of("🚀 Auto-restart service starting - Next restart at: never")),
                arguments(
                        EventType.RESTART_INITIATED,
                        scheduled,
                        NEXT,
                        false,
                        List.of(
                                "🔄 Scheduled restart initiated - Next restart at: 2026-11-24 13:00:00",
                                "📊 System Status - Memory: 8.2GB/16GB, Storage: 45GB/100GB (45% used)")),
                arguments(EventType.RESTART_DRAINING, scheduled, none, false, List.of()),
                arguments(
                        EventType.RESTART_DRAINING,
                        scheduled,
                        none,
                        true,
                        List.of("🛑 Initiating graceful shutdown for restart...")),
                arguments(
                        EventType.RESTART_STOPPING,
                        scheduled,
                        none,
                        false,
                        List.of("🛑 Initiating graceful shutdown for restart...")),
                arguments(
                        EventType.RESTART_VERIFYING, scheduled, none, false, List.of("✅ Graceful shutdown completed")),
                arguments(
                        EventType.RESTART_VERIFYING,
                        scheduled,
                        Map.of("forced_after_s", 10.0),
                        false,
                        List.of("⚠️ Forced termination after 10s")),
                arguments(
                        EventType.RESTART_STARTING,
                        scheduled,
                        none,
                        false,
                        List.of("🎯 Restarting ComfyUI application...")),
                arguments(EventType.RESTART_STARTING, scheduled, none, true, List.of()),
                arguments(
                        EventType.RESTART_RESTORING,
                        scheduled,
                        none,
                        true,
                        List.of("✅ Graceful shutdown completed", "🎯 Restarting ComfyUI application...")),
                arguments(EventType.APP_CRASHED, Optional.empty(), none, false, List.of("❌ It said no")),
                arguments(EventType.RESTART_COMPLETED, scheduled, none, false, List.of()));
    }

    @ParameterizedTest(name = "{0} {2} in place: {3}")
    @MethodSource("lines")
    void eventIsToldInTheWordsOfTheLog(
            EventType type, Optional<Reason> reason, Map<String, Object> data, boolean inPlace, List<String> texts) {
        List<String> expected =
                texts.stream().map(text -> "[2026-11-24 07:00:02] " + text).toList();
        assertEquals(expected, lines(type, reason, data, inPlace));
    }

    private SegmentedEventLog open() throws IOException {
        return new SegmentedEventLog(home, SegmentedEventLog.Limits.USUAL);
    }

    private RestartLog restartLog(EventLog events, Path file) {
        return restartLog(home, events, file);
    }

    private static RestartLog restartLog(Path home, EventLog events, Path file) {
        return new RestartLog(
                home,
                new RestartLog.Sources(events, _ -> Optional.empty(), () -> RESOURCES, new FixedClock()),
                () -> new RestartLog.Settings(file, 1 << 20, 5),
                PARIS);
    }

    @Test
    void eventsOfAServiceThatCrashedAreWrittenByTheNextOne() throws IOException {
        Path file = home.resolve("restart.log");
        try (SegmentedEventLog events = open()) {
            events.append(Drafts.restart(EventType.RESTART_FAILED, "before the log", Map.of()));
            try (RestartLog log = restartLog(events, file)) {
                events.append(Drafts.restart(EventType.RESTART_FAILED, "one", Map.of()));
                assertEquals(file, log.path());
            }
            events.append(Drafts.restart(EventType.RESTART_FAILED, "nobody wrote", Map.of()));
            restartLog(events, file).close();
            restartLog(events, file).close();
        }
        assertEquals(
                List.of("[2026-11-24 07:00:02] ❌ one", "[2026-11-24 07:00:02] ❌ nobody wrote"),
                Files.readAllLines(file));
    }

    /** What a service leaves that is killed at each point of a write. */
    @Test
    void whatAKillInterruptedIsWrittenOnce() throws IOException {
        Path file = home.resolve("restart.log");
        String one = "[2026-11-24 07:00:02] ❌ one\n";
        String two = "[2026-11-24 07:00:02] ❌ two\n";
        try (SegmentedEventLog events = open()) {
            restartLog(events, file).close();
            events.append(Drafts.restart(EventType.RESTART_FAILED, "one", Map.of()));
            restartLog(events, file).close();
            String cursor = Files.readString(home.resolve("restart-log.seq"));
            for (String left : List.of("", "[2026", one, one.substring(0, one.length() - 1))) {
                Files.writeString(file, left);
                Files.writeString(home.resolve("restart-log.seq"), cursor);
                restartLog(events, file).close();
                assertEquals(one, Files.readString(file), "after " + left);
            }
            Files.deleteIfExists(file);
            Files.writeString(home.resolve("restart.log.1"), one);
            new RotatedFile(file, 1 << 20, 5).append(two, _ -> {});
            Files.writeString(home.resolve("restart-log.seq"), cursor);
            restartLog(events, file).close();
            assertEquals(two, Files.readString(file), "it was rotated since");
        }
    }

    @Test
    void unwritableFileIsReplacedByOneInTheHomeAndTold() throws IOException {
        Path file = home.resolve("no-such-folder").resolve("restart.log");
        try (SegmentedEventLog events = open()) {
            RestartLog log = restartLog(events, file);
            events.append(Drafts.restart(EventType.RESTART_FAILED, "one", Map.of()));
            events.append(Drafts.restart(EventType.RESTART_FAILED, "two", Map.of()));
            log.close();
            assertEquals(home.resolve("restart.log"), log.path());
            assertEquals(
                    List.of(EventType.RESTART_FAILED, EventType.RESTART_FAILED, EventType.NOTIFY_FAILED),
                    events.since(0, 10).stream().map(Event::type).toList());
        }
        assertEquals(
                List.of("[2026-11-24 07:00:02] ❌ one", "[2026-11-24 07:00:02] ❌ two"),
                Files.readAllLines(home.resolve("restart.log")));
    }

    @Test
    void whatAFullDiskDoesNotTakeIsWrittenWhenItHasRoom() throws IOException {
        try (SmallDisk disk = SmallDisk.in(home);
                SegmentedEventLog events = open()) {
            Path file = disk.folder().resolve("restart.log");
            RestartLog log = restartLog(disk.folder(), events, file);
            String before = "x".repeat(3_000);
            String meanwhile = "y".repeat(3_000);
            events.append(Drafts.restart(EventType.RESTART_FAILED, before, Map.of()));
            log.writeNew();
            disk.fill();
            for (int i = 0; i < 3; i++) {
                events.append(Drafts.restart(EventType.RESTART_FAILED, meanwhile, Map.of()));
                log.writeNew();
            }
            disk.empty();
            log.close();
            assertEquals(
                    Stream.of(before, meanwhile, meanwhile, meanwhile)
                            .map(text -> "[2026-11-24 07:00:02] ❌ " + text)
                            .toList(),
                    Files.readAllLines(file));
        }
    }

    @Test
    void rotationLosesNoLine() throws IOException {
        RotatedFile file = new RotatedFile(home.resolve("restart.log"), 100, 50);
        List<String> written =
                IntStream.range(0, 100).mapToObj("line %d"::formatted).toList();
        for (String line : written) {
            file.append(line + "\n", _ -> {});
        }
        List<String> read = new ArrayList<>();
        for (int i = 50; i >= 1; i--) {
            Path rotated = home.resolve("restart.log.%d.gz".formatted(i));
            if (Files.exists(rotated)) {
                read.addAll(unzip(rotated));
            }
        }
        read.addAll(Files.readAllLines(home.resolve("restart.log")));
        assertEquals(written, read);
    }

    @Test
    void rotationKeepsAsManyFilesAsAsked() throws IOException {
        RotatedFile file = new RotatedFile(home.resolve("restart.log"), 10, 2);
        for (int i = 0; i < 20; i++) {
            file.append("line %d\n".formatted(i), _ -> {});
        }
        try (Stream<Path> files = Files.list(home)) {
            assertEquals(
                    List.of(".restart.log.lock", "restart.log", "restart.log.1.gz", "restart.log.2.gz"),
                    files.map(path -> path.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void interruptedRotationIsFinished() throws IOException {
        Files.writeString(home.resolve("restart.log.1"), "old\n");
        new RotatedFile(home.resolve("restart.log"), 100, 2).append("new\n", _ -> {});
        assertEquals(List.of("old"), unzip(home.resolve("restart.log.1.gz")));
        assertEquals(List.of("new"), Files.readAllLines(home.resolve("restart.log")));
    }

    private static List<String> unzip(Path file) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            return new String(in.readAllBytes(), UTF_8).lines().toList();
        }
    }

    private static final class FixedClock implements Clock {
        @Override
        public Now now() {
            return new Now(Drafts.TIME, 0);
        }

        @Override
        public Duration sinceBoot() {
            return Duration.ZERO;
        }

        @Override
        public Cancellable after(Duration delay, Runnable task) {
            throw new IllegalStateException("the restart log sets no timer");
        }
    }
}
