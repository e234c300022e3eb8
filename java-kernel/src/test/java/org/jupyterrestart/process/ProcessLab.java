package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Starts real processes for a test and leaves none behind: whatever carries the test's mark is killed by close. */
final class ProcessLab implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final int SIGKILL = 9;
    static final int SIGTERM = 15;

    final ProcessControl control;
    final Path folder;
    final Path output;
    private final List<ProcessIdentity> started = new ArrayList<>();

    ProcessLab(ProcessControl control, Path folder) {
        this.control = control;
        this.folder = folder;
        output = folder.resolve("output.log");
    }

    Launch launch(String... command) {
        return launchMarked("lab-" + folder.getFileName(), command);
    }

    Launch launchMarked(String mark, String... command) {
        Map<String, String> environment = new HashMap<>(Map.of("PATH", "/usr/local/bin:/usr/bin:/bin"));
        environment.put(Launch.MARKER, mark);
        return new Launch(List.of(command), folder, environment, output);
    }

    ProcessIdentity start(Launch launch) {
        SpawnResult result = control.spawn(launch);
        ProcessIdentity identity = assertInstanceOf(SpawnResult.Spawned.class, result, result::toString)
                .identity();
        synchronized (started) {
            started.add(identity);
        }
        return identity;
    }

    /** Runs {@code script} by {@code sh -c}. */
    ProcessIdentity startShell(String script) {
        return start(launch("sh", "-c", script));
    }

    CompletableFuture<ExitStatus> exitOf(ProcessIdentity identity) {
        CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        control.watch(identity, exit::complete);
        return exit;
    }

    ExitStatus awaitExit(ProcessIdentity identity) {
        return get(exitOf(identity));
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            return fail(e);
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("not within " + PATIENCE + ": " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    /** Waits until the keeper of {@code app}, which ends, can start another. */
    static void awaitFree(LinuxProcessControl control, ProcessIdentity app) {
        await("nothing of it is left", () -> control.isTreeEmpty(app));
        control.loop().executeAndWait(() -> {}); // behind the keeper's last word, which may be half heard
        control.loop().executeAndWait(() -> {}); // behind what that word has led to
    }

    /** Waits until the processes have written {@code count} whole lines. */
    List<String> awaitLines(int count) {
        await(
                count + " lines in " + output,
                () -> text().chars().filter(c -> c == '\n').count() >= count);
        return text().lines().toList();
    }

    /** Waits until {@code process} has a handler for {@code signal}: for one that can't say so by its output. */
    static void awaitHandler(ProcessIdentity process, int signal) {
        Path status = Path.of("/proc/%d/status".formatted(process.pid()));
        await(process + " handles signal " + signal, () -> (caught(status) >> signal - 1 & 1) == 1);
    }

    /** The mask of handled signals, its lowest bit for signal 1 (proc_pid_status(5), SigCgt). */
    private static long caught(Path status) {
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigCgt:"))
                    .mapToLong(line -> Long.parseUnsignedLong(
                            line.substring("SigCgt:".length()).strip(), 16))
                    .sum();
        } catch (IOException e) {
            return fail(e);
        }
    }

    String text() {
        try {
            return Files.exists(output) ? Files.readString(output) : "";
        } catch (IOException e) {
            return fail(e);
        }
    }

    @Override
    public void close() {
        for (ProcessIdentity root : started) {
            List<ProcessIdentity> tree = control.tree(root, "lab-" + folder.getFileName());
            tree.forEach(member -> control.signal(member, SIGKILL));
            await("the tree of " + root + " is gone", () -> tree.stream().noneMatch(control::isAlive));
        }
    }
}
