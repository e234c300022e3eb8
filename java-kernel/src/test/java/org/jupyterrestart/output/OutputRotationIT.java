package org.jupyterrestart.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.output.OutputFile.Piece;
import org.jupyterrestart.process.FileHole;

/** With real processes that hold the log open, as apps do. */
class OutputRotationIT {
    private static final long SIZE = 64 << 10;
    private static final Instant NOW = Instant.now();

    @TempDir
    Path folder;

    private OutputFile output;

    @BeforeEach
    void open() throws IOException {
        output = new OutputFile(Files.createFile(folder.resolve("app.log")));
    }

    private boolean rotate(int keep) throws IOException {
        return rotate(new OutputLimits(SIZE, Optional.empty(), keep), NOW);
    }

    private boolean rotate(OutputLimits limits, Instant now) throws IOException {
        return new OutputRotation(output, limits).run(now);
    }

    private void print(String text) throws IOException {
        Files.writeString(output.file(), text, StandardOpenOption.APPEND);
    }

    /** What the pieces and the file hold together. */
    private String everything() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        List<Piece> pieces = output.pieces();
        for (Piece piece : pieces) {
            assertEquals(all.size(), piece.start());
            try (var content = piece.open()) {
                content.transferTo(all);
            }
            assertEquals(all.size(), piece.end());
        }
        byte[] current = Files.readAllBytes(output.file());
        all.writeBytes(Arrays.copyOfRange(current, Math.toIntExact(output.head(pieces)), current.length));
        return all.toString(StandardCharsets.UTF_8);
    }

    private long usedBytes() throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", output.file().toString()).start();
        long blocks = Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        stat.waitFor();
        return blocks * 512;
    }

    @Test
    void noLineIsLostOrDoubledWhileTwoProcessesWriteAtFullSpeed() throws Exception {
        List<Process> writers = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            writers.add(new ProcessBuilder("seq", "-f", name + "%.0f", "400000")
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(output.file().toFile()))
                    .start());
        }
        while (writers.stream().anyMatch(Process::isAlive)) {
            rotate(1_000_000);
        }
        rotate(1_000_000);
        String all = everything();
        // A writer's blocks end anywhere, so that lines of the two meet: each one's characters are told apart by order.
        assertEquals(2 * sequenceLength("a"), all.length());
        for (Process writer : writers) {
            assertEquals(0, writer.waitFor());
        }
        assertTrue(usedBytes() < 4 * SIZE, "what was put aside is given back: " + usedBytes());
    }

    private static int sequenceLength(String name) {
        return IntStream.rangeClosed(1, 400_000)
                .map(i -> (name + i + "\n").length())
                .sum();
    }

    @Test
    void oneWriterIsReadBackByteForByte() throws Exception {
        Process writer = new ProcessBuilder("seq", "1500000")
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.file().toFile()))
                .start();
        while (writer.isAlive()) {
            rotate(1_000_000);
        }
        rotate(1_000_000);
        StringBuilder expected = new StringBuilder();
        IntStream.rangeClosed(1, 1_500_000).forEach(i -> expected.append(i).append('\n'));
        assertTrue(expected.toString().equals(everything()));
        assertTrue(output.pieces().size() > 100);
    }

    @Test
    void piecesEndAtLineEndsAndAreTheOwnersAlone() throws IOException {
        print("a line of some length\n".repeat(10_000));
        assertTrue(rotate(100));
        for (Piece piece : output.pieces()) {
            try (var lines = piece.lines()) {
                assertEquals(
                        List.of("a line of some length"),
                        lines.lines().distinct().toList());
            }
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(piece.path())));
        }
        assertFalse(rotate(100));
    }

    @Test
    void aLineLongerThanAPieceIsCut() throws IOException {
        String text = "x".repeat(200_000) + "\n";
        print(text);
        rotate(100);
        assertEquals(text, everything());
    }

    @Test
    void aKillBeforeTheHoleWasMadeDoublesNothing() throws IOException {
        String text = "a line of some length\n".repeat(10_000);
        print(text);
        byte[] before = Files.readAllBytes(output.file());
        rotate(100);
        Files.write(output.file(), before);
        assertFalse(rotate(100));
        print("one more\n".repeat(10_000));
        assertTrue(rotate(100));
        assertEquals(text + "one more\n".repeat(10_000), everything());
    }

    @Test
    void onlyTheNewestPiecesAreKept() throws IOException {
        print("a line of some length\n".repeat(20_000));
        rotate(2);
        assertEquals(2, output.pieces().size());
        assertEquals(output.pieces().getFirst().end(), output.pieces().getLast().start());
    }

    @Test
    void aFileThatSomeoneEmptiedBeginsAnew() throws IOException {
        print("old\n".repeat(20_000));
        rotate(3);
        Files.write(output.file(), new byte[0]);
        print("new\n");
        assertFalse(rotate(3));
        assertEquals("new\n", everything());
        assertEquals(1, output.apart().size());
        print("new\n".repeat(100_000));
        rotate(3);
        assertEquals(List.of(), output.apart());
    }

    @Test
    void whereSomeoneTookThePiecesTheRestIsStillFound() throws IOException {
        String text = "a line of some length\n".repeat(10_000);
        print(text);
        rotate(100);
        long head = output.head(output.pieces());
        for (Piece piece : output.pieces()) {
            Files.delete(piece.path());
        }
        assertEquals(head, output.head(output.pieces()));
    }

    @Test
    void afterItsTimeAFileIsPutAsideWhateverItsSize() throws IOException {
        OutputLimits daily = new OutputLimits(SIZE, Optional.of(Duration.ofDays(1)), 5);
        print("a line\n");
        assertFalse(rotate(daily, NOW));
        assertTrue(rotate(daily, NOW.plus(Duration.ofDays(2))));
        assertEquals(7, output.pieces().getFirst().length());
        assertFalse(rotate(daily, NOW.plus(Duration.ofDays(9))));
        assertEquals("a line\n", everything());
    }

    @Test
    void aHoleIsFoundAgain() throws IOException {
        print("x".repeat(100_000));
        FileHole.punch(output.file(), 50_000);
        assertTrue(FileHole.firstContent(output.file()) <= 50_000);
        FileHole.punch(output.file(), 100_000);
        assertEquals(100_000, Files.size(output.file()));
    }

    @Test
    void contentThatComesWhileItIsLookedForIsNotPassedOver() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            Path file = Files.createFile(output.file().resolveSibling("new-" + i));
            Thread writer = Thread.startVirtualThread(() -> write(file));
            while (writer.isAlive()) {
                assertEquals(0, FileHole.firstContent(file));
            }
        }
    }

    private static void write(Path file) {
        try {
            Files.writeString(file, "a line\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
