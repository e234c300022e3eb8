package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jupyterrestart.process.Keeper.Known;

/**
 * The way from a launch to a process: is looked at first, which may block on a slow disk, and so happens on a thread of
 * its own. What was started well before is started again at once.
 */
final class Starts implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Starts.class.getName());

    private final EventLoop loop;
    private final Starter starter;
    private final Starter direct;
    private final Map<Launched, Path> proven = new ConcurrentHashMap<>();

    /** Shared by starts; guards {@code isClosed}. */
    private final ReadWriteLock starts = new ReentrantReadWriteLock();

    private boolean isClosed;

    /** {@code direct} is for what is no app. */
    Starts(EventLoop loop, Starter starter, Starter direct) {
        this.loop = loop;
        this.starter = starter;
        this.direct = direct;
    }

    /** What of a launch decides which file is executed, and whether it can be. */
    private record Launched(String program, Path directory, Optional<String> path, Path output) {
        static Launched of(Launch launch) {
            return new Launched(
                    launch.command().getFirst(),
                    launch.directory(),
                    Optional.ofNullable(launch.environment().get("PATH")),
                    launch.output());
        }
    }

    Guarantees guarantees() {
        return starter.guarantees();
    }

    void start(Launch launch, Consumer<SpawnResult> onResult) {
        loop.execute(() -> {
            Optional<ProcessIdentity> started = starter.takeStarted(launch);
            if (started.isPresent()) {
                onResult.accept(new SpawnResult.Spawned(started.get()));
                return;
            }
            Path program = proven.get(Launched.of(launch));
            if (program == null || !startAtOnce(new Known(launch, program), onResult)) {
                Thread.startVirtualThread(() -> start(starter, launch, onResult));
            }
        });
    }

    /** On the loop: whether this will be started when {@code app} ends on these terms; only what was started before. */
    boolean order(ProcessIdentity app, Launch next, Standing terms) {
        Path program = proven.get(Launched.of(next));
        return program != null && !SpawnObstacle.holdsNul(next) && starter.order(app, new Known(next, program), terms);
    }

    void revoke(ProcessIdentity app) {
        starter.revoke(app);
    }

    Optional<Launch> startedAfter(ProcessIdentity app) {
        return starter.startedAfter(app);
    }

    SpawnResult startBrief(Launch launch) {
        CompletableFuture<SpawnResult> result = new CompletableFuture<>();
        start(direct, launch, result::complete);
        return result.join();
    }

    /** Where it fails now, it is looked at anew: that finds out why. */
    private boolean startAtOnce(Known known, Consumer<SpawnResult> onResult) {
        starts.readLock().lock();
        try {
            return !isClosed
                    && !SpawnObstacle.holdsNul(known.launch())
                    && starter.startAtOnce(known, result -> {
                        switch (result) {
                            case SpawnResult.Spawned _ -> onResult.accept(result);
                            case SpawnResult.NotSpawned _ ->
                                Thread.startVirtualThread(() -> start(starter, known.launch(), onResult));
                        }
                    });
        } finally {
            starts.readLock().unlock();
        }
    }

    /** Whatever becomes of it, it is answered: who starts an app waits for nothing else. */
    private void start(Starter by, Launch launch, Consumer<SpawnResult> onResult) {
        Consumer<SpawnResult> answer = result -> onResult.accept(told(launch, result));
        starts.readLock().lock();
        try {
            if (isClosed) {
                answer.accept(new SpawnResult.NotSpawned("the service ends: start it again when the next one runs"));
            } else {
                look(by, launch, answer);
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "Starting %s failed".formatted(launch.command()), e);
            answer.accept(new SpawnResult.NotSpawned("it failed (%s). Details are in service.log".formatted(e)));
        } finally {
            starts.readLock().unlock();
        }
    }

    private void look(Starter by, Launch launch, Consumer<SpawnResult> answer) {
        Optional<String> obstacle = SpawnObstacle.find(launch);
        if (obstacle.isPresent()) {
            answer.accept(new SpawnResult.NotSpawned(obstacle.get()));
            return;
        }
        switch (ProgramLookup.find(launch.command().getFirst(), launch.directory(), launch.environment())) {
            case ProgramLookup.Found.Nowhere(String why) -> answer.accept(new SpawnResult.NotSpawned(why));
            case ProgramLookup.Found.At(Path program) ->
                by.start(new Known(launch, program), result -> {
                    remember(launch, program, result);
                    answer.accept(result);
                });
        }
    }

    private void remember(Launch launch, Path program, SpawnResult result) {
        switch (result) {
            case SpawnResult.Spawned _ -> proven.put(Launched.of(launch), program);
            case SpawnResult.NotSpawned _ -> proven.remove(Launched.of(launch));
        }
    }

    private static SpawnResult told(Launch launch, SpawnResult result) {
        return switch (result) {
            case SpawnResult.Spawned _ -> result;
            case SpawnResult.NotSpawned(String why) ->
                new SpawnResult.NotSpawned(
                        "can't start %s: %s".formatted(launch.command().getFirst(), why));
        };
    }

    /** No start comes after it: the next service must find all that there are. */
    @Override
    public void close() {
        starts.writeLock().lock();
        try {
            isClosed = true;
        } finally {
            starts.writeLock().unlock();
        }
    }
}
