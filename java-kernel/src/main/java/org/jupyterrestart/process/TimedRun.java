package org.jupyterrestart.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs a command to its end or its deadline; blocks its caller. */
public record TimedRun(ProcessControl processes) {
    private static final int KILL = 9;

    /** A tree that forks while it is killed takes more than one round; one that the kernel holds takes for ever. */
    private static final int ROUNDS = 10;

    private static final Duration ROUND = Duration.ofMillis(500);

    /** What came of it. */
    public sealed interface Outcome {
        /** What it left in the background lives on. */
        record Ended(ExitStatus status) implements Outcome {}

        record NotStarted(String why) implements Outcome {}

        /** Its time was over: nothing of its tree is left. */
        record Late() implements Outcome {}
    }

    /** {@code launch} needs no marker: each run is given its own. */
    public Outcome run(Launch launch, Duration timeout) throws InterruptedException {
        String marker = "run-" + UUID.randomUUID();
        return switch (processes.spawnBrief(marked(launch, marker))) {
            case SpawnResult.NotSpawned(String why) -> new Outcome.NotStarted(why);
            case SpawnResult.Spawned(ProcessIdentity identity) -> await(identity, marker, timeout);
        };
    }

    private Outcome await(ProcessIdentity identity, String marker, Duration timeout) throws InterruptedException {
        CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        processes.watch(identity, exit::complete);
        try {
            return new Outcome.Ended(exit.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException _) {
            processes.unwatch(identity);
            end(identity, marker);
            return new Outcome.Late();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void end(ProcessIdentity root, String marker) throws InterruptedException {
        List<ProcessIdentity> tree = processes.tree(root, marker);
        for (int round = 0; round < ROUNDS && !tree.isEmpty(); round++) {
            CountDownLatch living = new CountDownLatch(tree.size());
            for (ProcessIdentity member : tree) {
                processes.watch(member, _ -> living.countDown());
                processes.signal(member, KILL);
            }
            if (!living.await(ROUND.toNanos(), TimeUnit.NANOSECONDS)) {
                tree.forEach(processes::unwatch);
            }
            tree = processes.tree(root, marker);
        }
    }

    private static Launch marked(Launch launch, String marker) {
        Map<String, String> environment = Stream.concat(
                        launch.environment().entrySet().stream()
                                .filter(variable -> !variable.getKey().equals(Launch.MARKER)),
                        Stream.of(Map.entry(Launch.MARKER, marker)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new Launch(launch.command(), launch.directory(), environment, launch.output());
    }
}
