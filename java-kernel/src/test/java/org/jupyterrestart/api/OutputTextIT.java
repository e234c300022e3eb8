package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.output.OutputFile;
import org.jupyterrestart.output.OutputLimits;
import org.jupyterrestart.output.OutputWatch;
import org.jupyterrestart.supervisor.SystemClock;

/** Reads while an app prints and the service puts aside what it printed. */
@Timeout(120)
class OutputTextIT {
    private static final int LINES = 300_000;

    @TempDir
    Path folder;

    private Path log;
    private OutputText text;

    @BeforeEach
    void open() throws Exception {
        log = Files.createFile(folder.resolve("app.log"));
        text = new OutputText(new OutputFile(log));
    }

    private OutputWatch watch(int keep) {
        OutputWatch watch =
                new OutputWatch(folder, () -> new OutputLimits(32 << 10, Optional.empty(), keep), new SystemClock());
        watch.start();
        return watch;
    }

    private Process print() throws Exception {
        return new ProcessBuilder(
                        "sh", "-c", "seq 1 %1$d; sleep 2; seq %2$d %3$d".formatted(LINES / 2, LINES / 2 + 1, LINES))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    @Test
    void whoFollowsSeesEachLineOnceInItsOrder() throws Exception {
        List<String> seen = new ArrayList<>();
        Process app = print();
        try (OutputWatch _ = watch(1_000_000)) {
            long offset = 0;
            while (seen.size() < LINES) {
                Log read = text.after(offset);
                offset = read.offset();
                seen.addAll(read.lines());
            }
        }
        assertEquals(0, app.waitFor());
        assertEquals(numbers(1, LINES), seen);
    }

    /** Two pieces came while it was listed: the first of them where it had looked already. */
    @Test
    void whoFollowsMissesNothingByAFolderThatIsListedWhilePiecesCome() throws Exception {
        Files.write(log, numbers(1, 20_000));
        try (OutputWatch _ = watch(1_000_000)) {
            while (new OutputFile(log).pieces().size() < 3) {
                Thread.onSpinWait();
            }
        }
        List<OutputFile.Piece> pieces = new OutputFile(log).pieces();
        Iterator<List<OutputFile.Piece>> seen =
                List.of(pieces.subList(1, 3), pieces, pieces).iterator();

        Log read = new OutputText(new OutputFile(log), seen::next).after(0);

        assertEquals("1", read.lines().getFirst());
        assertEquals(pieces.getFirst().end(), read.offset());
    }

    @Test
    void aLastLineWithoutItsEndIsShownAndWhatFollowsItIsNotLost() throws Exception {
        Files.writeString(log, "one\ntwo");
        Log last = text.last(1);
        Files.writeString(log, "+\nthree\nfour", StandardOpenOption.APPEND);

        assertEquals(
                List.of(
                        new Log(List.of("two"), 7),
                        new Log(List.of("+", "three"), 15),
                        new Log(List.of("one", "two+", "three", "four"), 19)),
                List.of(last, text.after(last.offset()), text.last(9)));
    }

    @Test
    void theLastLinesComeFromPiecesToo() throws Exception {
        Process app = print();
        try (OutputWatch _ = watch(1_000_000)) {
            app.waitFor();
            while (new OutputFile(log)
                            .pieces().stream()
                                    .mapToLong(OutputFile.Piece::length)
                                    .sum()
                    < 1_000_000) {
                Thread.onSpinWait();
            }
        }
        assertEquals(numbers(LINES - 99_999, LINES), text.last(100_000).lines());
        assertEquals(numbers(LINES - 2, LINES), text.last(3).lines());
    }

    @Test
    void whoIsFarBehindGoesOnWithWhatIsKept() throws Exception {
        print().waitFor();
        try (OutputWatch _ = watch(2)) {
            while (new OutputFile(log).pieces().size() != 2) {
                Thread.onSpinWait();
            }
        }
        Log read = text.after(0);
        int first = Integer.parseInt(read.lines().getFirst());
        List<String> seen = new ArrayList<>(read.lines());
        for (Log next = text.after(read.offset()); !next.lines().isEmpty(); next = text.after(next.offset())) {
            seen.addAll(next.lines());
        }
        assertEquals(numbers(first, LINES), seen);
    }
}
