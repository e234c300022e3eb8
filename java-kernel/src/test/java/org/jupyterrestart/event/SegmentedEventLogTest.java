package org.jupyterrestart.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.SmallDisk;

class SegmentedEventLogTest {
    private static final SegmentedEventLog.Limits SMALL = new SegmentedEventLog.Limits(2_000, 3);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("events.jsonl");
    }

    private SegmentedEventLog open() throws IOException {
        return new SegmentedEventLog(folder, SegmentedEventLog.Limits.USUAL);
    }

    @Test
    void emptyLogHasNoEventAndStartsAtOne() throws IOException {
        try (SegmentedEventLog log = open()) {
            assertEquals(List.of(0L, 1L, List.of()), List.of(log.lastSeq(), log.oldestSeq(), log.since(0, 10)));
        }
    }

    @Test
    void lineIsTheWireForm() throws IOException {
        try (SegmentedEventLog log = open()) {
            log.append(Drafts.restart(EventType.RESTART_VERIFYING, "ComfyUI ended", Map.of("forced_after_s", 10)));
        }
        assertEquals(
                "{\"seq\":1,\"time\":\"2026-11-24T06:00:02.412Z\",\"app\":\"comfyui\",\"type\":\"restart.verifying\","
                        + "\"restart_id\":\"r-1\",\"reason\":\"scheduled\",\"message\":\"ComfyUI ended\","
                        + "\"data\":{\"forced_after_s\":10}}\n",
                Files.readString(file));
    }

    @Test
    void seqGoesOnAfterReopening() throws IOException {
        List<Event> written = new ArrayList<>();
        try (SegmentedEventLog log = open()) {
            written.add(log.append(Drafts.draft("one")));
        }
        try (SegmentedEventLog log = open()) {
            written.add(log.append(Drafts.draft("two")));
            assertEquals(written, log.since(0, 10));
        }
    }

    static Stream<Arguments> tornTails() {
        return Stream.of(
                arguments("half a line", "{\"seq\":3,\"ti"),
                arguments("half a line with its end", "{\"seq\":3,\"ti\n"),
                arguments("zeros", "\0\0\0\0"),
                arguments("zeros and a line end", "\0\0\n\0\n"),
                arguments("a whole event without its end", "{\"seq\":3}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tornTails")
    void tornTailIsCutWithoutAGap(String what, String tail) throws IOException {
        String whole;
        try (SegmentedEventLog log = open()) {
            log.append(Drafts.draft("one"));
            log.append(Drafts.draft("two"));
            whole = Files.readString(file);
        }
        Files.write(file, tail.getBytes(UTF_8), StandardOpenOption.APPEND);
        try (SegmentedEventLog log = open()) {
            assertEquals(List.of(2L, whole), List.of(log.lastSeq(), Files.readString(file)), what);
            assertEquals(3, log.append(Drafts.draft("three")).seq());
        }
    }

    @Test
    void segmentsAreSealedCompressedAndReadLikeOne() throws Exception {
        SegmentedEventLog.Limits keepAll = new SegmentedEventLog.Limits(2_000, 1_000);
        List<Event> written = new ArrayList<>();
        try (SegmentedEventLog log = new SegmentedEventLog(folder, keepAll)) {
            for (int i = 0; i < 1_500; i++) {
                written.add(log.append(Drafts.draft("event %d".formatted(i))));
            }
            assertEquals(written, log.since(0, 10_000));
            assertEquals(written.subList(100, 150), log.since(100, 50));
            assertEquals(written.subList(1_490, 1_500), log.since(1_490, 50));
        }
        try (SegmentedEventLog log = new SegmentedEventLog(folder, keepAll)) {
            assertEquals(List.of(1_500L, 1L), List.of(log.lastSeq(), log.oldestSeq()));
            assertEquals(written, log.since(0, 10_000));
        }
    }

    @Test
    void oldestSegmentsAreDroppedAndTold() throws IOException {
        try (SegmentedEventLog log = new SegmentedEventLog(folder, SMALL)) {
            for (int i = 0; i < 2_000; i++) {
                log.append(Drafts.draft("event"));
            }
        }
        try (SegmentedEventLog log = new SegmentedEventLog(folder, SMALL)) {
            assertEquals(true, log.oldestSeq() > 1);
            List<Long> seqs = log.since(0, 10_000).stream().map(Event::seq).toList();
            assertEquals(LongStream.rangeClosed(log.oldestSeq(), 2_000).boxed().toList(), seqs);
        }
    }

    @Test
    void segmentLeftInBothFormsIsReadOnce() throws IOException {
        try (SegmentedEventLog log = open()) {
            log.append(Drafts.draft("one"));
        }
        Path sealed = folder.resolve("events-1.jsonl");
        Files.move(file, sealed);
        Files.move(EventArchive.compress(sealed), folder.resolve("events-1.jsonl.gz"));
        try (SegmentedEventLog log = open()) {
            assertEquals(2, log.append(Drafts.draft("two")).seq());
            assertEquals(
                    Set.of(1L, 2L), log.since(0, 10).stream().map(Event::seq).collect(toSet()));
        }
        assertEquals(false, Files.exists(sealed));
    }

    private static List<Event> appendBig(SegmentedEventLog log, int count) {
        // More than what is left of a page of the disk.
        return IntStream.range(0, count)
                .mapToObj(_ -> log.append(Drafts.draft("x".repeat(5_000))))
                .toList();
    }

    @Test
    void whatAFullDiskDoesNotTakeIsWrittenWhenItHasRoom() throws IOException {
        try (SmallDisk disk = SmallDisk.in(folder);
                SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SegmentedEventLog.Limits.USUAL)) {
            List<Event> told = new ArrayList<>(appendBig(log, 2));
            disk.fill();
            told.addAll(appendBig(log, 2));
            assertEquals(
                    2, Files.readAllLines(disk.folder().resolve("events.jsonl")).size());
            disk.empty();
            log.sync();
            assertEquals(
                    told.stream().map(EventLine::write).toList(),
                    Files.readAllLines(disk.folder().resolve("events.jsonl")));
        }
    }

    @Test
    void whatADiskDoesNotTakeIsWrittenToTheOneThatIsMountedInItsPlace() throws IOException {
        try (SmallDisk disk = SmallDisk.in(folder);
                SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SegmentedEventLog.Limits.USUAL)) {
            List<Event> told = new ArrayList<>(appendBig(log, 2));
            disk.fill();
            told.addAll(appendBig(log, 2));
            disk.replace();
            told.addAll(appendBig(log, 1));
            assertEquals(
                    told.stream().map(EventLine::write).toList(),
                    Files.readAllLines(disk.folder().resolve("events.jsonl")));
            assertEquals(told, log.since(0, 10));
        }
    }

    @Test
    void aDiskThatStaysFullIsSpokenOfOnce() throws IOException {
        List<String> said = new ArrayList<>();
        Logger logger = Logger.getLogger(SegmentedEventLog.class.getName());
        Handler handler = new StreamHandler() {
            @Override
            public void publish(LogRecord told) {
                said.add(told.getMessage());
            }
        };
        logger.addHandler(handler);
        try (SmallDisk disk = SmallDisk.in(folder);
                SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SegmentedEventLog.Limits.USUAL)) {
            disk.fill();
            appendBig(log, 3);
            disk.empty();
            appendBig(log, 1);
            disk.fill();
            appendBig(log, 3);
            disk.empty();
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(
                List.of("Could not write", "Could not write"),
                said.stream()
                        .map(it -> it.substring(0, "Could not write".length()))
                        .toList());
    }

    /** Memory is bounded, too. */
    @Test
    void ofADiskThatStaysFullTheLatestEventsAreKept() throws IOException {
        try (SmallDisk disk = SmallDisk.in(folder);
                SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SegmentedEventLog.Limits.USUAL)) {
            appendBig(log, 2);
            disk.fill();
            appendBig(log, 1);
            for (int i = 0; i < 11_000; i++) {
                log.append(Drafts.draft("event"));
            }
            long last = log.lastSeq();
            assertEquals(last, log.since(500, 20_000).getLast().seq());
            assertEquals(9_900, log.since(last - 9_900, 20_000).size());
            assertTrue(log.since(500, 20_000).size() <= 10_000);
        }
    }

    /** Who follows at some distance would read the whole file for each page. */
    @Test
    void readingBeginsNearItsPlace() throws IOException {
        EventFile log = EventFile.open(file);
        for (long seq = 1; seq <= 250; seq++) {
            log.append("{\"seq\":%d}\n".formatted(seq).getBytes(UTF_8), seq);
        }
        try (BufferedReader lines = log.linesAfter(220)) {
            assertEquals(
                    LongStream.rangeClosed(201, 250)
                            .mapToObj("{\"seq\":%d}"::formatted)
                            .toList(),
                    lines.lines().toList());
        }
    }

    @Test
    void eventOfANewerVersionKeepsItsSeq() throws IOException {
        Files.writeString(file, "{\"seq\":7,\"type\":\"moon.full\"}\n");
        try (SegmentedEventLog log = open()) {
            assertEquals(List.of(7L, List.of()), List.of(log.lastSeq(), log.since(0, 10)));
        }
    }

    @Test
    void awaitEndsWithTheNextEvent() throws Exception {
        try (SegmentedEventLog log = open()) {
            CompletableFuture<List<Event>> waiter = CompletableFuture.supplyAsync(() -> {
                try {
                    log.await(0, Duration.ofMinutes(1));
                    return log.since(0, 10);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            Event event = log.append(Drafts.draft("one"));
            assertEquals(List.of(event), assertTimeoutPreemptively(Duration.ofSeconds(10), () -> waiter.get()));
        }
    }

    @Test
    void awaitEndsWithItsTime() throws Exception {
        try (SegmentedEventLog log = open()) {
            log.await(0, Duration.ofMillis(1));
            assertEquals(0, log.lastSeq());
        }
    }
}
