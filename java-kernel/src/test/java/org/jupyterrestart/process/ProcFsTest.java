package org.jupyterrestart.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.Seeds;

class ProcFsTest {
    @TempDir
    Path root;

    @Test
    void argumentsAreReadBackWhateverTheyHold() {
        Seeds.forAll(1_000, random -> {
            List<String> arguments = new ArrayList<>();
            for (int count = random.nextInt(1, 6); count > 0; count--) {
                arguments.add("ä b\n\"=".substring(random.nextInt(7)));
            }
            assertEquals(arguments, ProcFs.parseStrings(String.join("\0", arguments) + "\0"));
        });
    }

    @Test
    void noArgumentsAndOneEmptyArgumentAreNotTheSame() {
        assertEquals(List.of(), ProcFs.parseStrings(""));
        assertEquals(List.of(""), ProcFs.parseStrings("\0"));
        assertEquals(List.of("changed title"), ProcFs.parseStrings("changed title"));
    }

    @Test
    void theFirstOfTwoEntriesCounts() {
        assertEquals(
                Map.of("A", "1=2", "EMPTY", ""), ProcFs.parseEnvironment("A=1=2\0A=3\0EMPTY=\0=none\0nothing\0\0"));
    }

    @Test
    void aProcessThatIsGoneIsAbsent() {
        ProcFs procFs = new ProcFs(root);

        assertEquals(Optional.empty(), procFs.stat(1));
        assertEquals(List.of(), procFs.processes());
        assertEquals(List.of(), procFs.commandLine(1));
        assertEquals(Map.of(), procFs.environment(1));
        assertEquals(Optional.empty(), procFs.directory(1));
    }

    /** A name is what a program says of itself: up to 15 bytes, of which only NUL is not possible. */
    @Test
    void aNameOfAnyBytesHidesNothingElse() throws IOException {
        Path file = Files.createDirectories(root.resolve("4711")).resolve("stat");
        String rest =
                ") S 1 4711 4700 0 -1 4194304 95 0 0 0 7 3 0 0 20 0 12 0 987654321 2703360 450 18446744073709551615 1";
        Seeds.forAll(500, random -> {
            byte[] name = new byte[random.nextInt(16)];
            for (int i = 0; i < name.length; i++) {
                name[i] = (byte) (1 + random.nextInt(255));
            }
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            line.writeBytes("4711 (".getBytes(UTF_8));
            line.writeBytes(name);
            line.writeBytes(rest.getBytes(UTF_8));
            write(file, line.toByteArray());

            ProcStat expected = new ProcStat(4711, new String(name, UTF_8), 'S', 1, 4700, 12, 987_654_321L, 450);
            assertEquals(Optional.of(expected), new ProcFs(root).stat(4711));
            assertEquals(List.of(expected), new ProcFs(root).processes());
        });
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theBootIdIsNeeded() throws IOException {
        Path file = root.resolve("sys/kernel/random/boot_id");
        assertEquals(
                "can't read %s: without it, processes of an earlier boot can't be told apart".formatted(file),
                assertThrows(IllegalStateException.class, () -> new ProcFs(root).bootId())
                        .getMessage());

        Files.createDirectories(file.getParent());
        Files.writeString(file, "5f3a\n");
        assertEquals("5f3a", new ProcFs(root).bootId());
    }
}
