package org.jupyterrestart;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may know what, read from the sources. */
class ArchitectureTest {
    private static final Path SOURCES = Path.of("src/main/java/org/jupyterrestart");

    /** Values that the core speaks of: they import nothing but Java either. */
    private static final Pattern CORE_IMPORT = Pattern.compile("import (static )?(java\\.|org\\.jupyterrestart\\."
            + "(lifecycle\\.|event\\.(EventDraft|EventType)|process\\.(ProcessIdentity|ExitStatus|Standing)"
            + "|config\\.(AppSpec|Hook|Hooks|Life|Limits|ProbeSpec|Program|Sizes)(;|\\.))).*");

    /** Also of each other. */
    private static final Pattern JAVA_IMPORT =
            Pattern.compile("import (static )?(java|org\\.jupyterrestart\\.queue\\.(Prompt|Item|Look))\\..*");

    /** Sources of time, threads and processes. */
    private static final Pattern MACHINE =
            Pattern.compile("Instant\\.now\\(|LocalDateTime\\.now\\(|System\\.nanoTime\\("
                    + "|System\\.currentTimeMillis\\(|Thread\\.sleep\\(|new Thread\\(|Thread\\.of|startVirtualThread"
                    + "|ProcessBuilder|\"/proc");

    /** The shell: everything else is told the time, and runs where it is called. */
    private static final Set<String> SHELL =
            Set.of("process", "resource", "hook", "web", "notify", "home", "kernel", "api", "event");

    @Test
    void lifecycleImportsOnlyJavaAndValues() throws IOException {
        assertEquals(
                List.of(),
                lines(
                        SOURCES.resolve("lifecycle"),
                        line -> line.startsWith("import ")
                                && !CORE_IMPORT.matcher(line).matches()));
    }

    @Test
    void pureClassesImportOnlyJava() throws IOException {
        for (String pure : List.of(
                "probe/ProbeCounter.java",
                "resource/MemoryTrend.java",
                "process/ProcessTree.java",
                "process/ProcessIdentity.java",
                "process/ExitStatus.java",
                "process/Standing.java",
                "queue/Item.java",
                "queue/Look.java",
                "queue/Prompt.java",
                "queue/Ledger.java",
                "queue/NodeKinds.java")) {
            assertEquals(
                    List.of(),
                    lines(
                            SOURCES.resolve(pure),
                            line -> line.startsWith("import ")
                                    && !JAVA_IMPORT.matcher(line).matches()));
        }
    }

    @Test
    void timeThreadsAndProcessesAreTheShellsAlone() throws IOException {
        Set<String> found = lines(SOURCES, MACHINE.asPredicate()).stream()
                .map(line -> line.substring(0, line.indexOf(':')))
                // Beside the packages: what composes them all.
                .filter(file -> file.contains("/") && !SHELL.contains(file.split("/")[0]))
                .collect(toCollection(TreeSet::new));
        assertEquals(Set.of("supervisor/SystemClock.java"), found);
    }

    private static List<String> lines(Path root, Predicate<String> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(file -> read(file).filter(wanted).map(line -> SOURCES.relativize(file) + ": " + line))
                    .sorted()
                    .toList();
        }
    }

    private static Stream<String> read(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new IllegalStateException("can't read " + file, e);
        }
    }
}
