package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jupyterrestart.process.Children.Program;
import org.jupyterrestart.process.Children.Result;
import org.jupyterrestart.process.Keeper.Known;

/**
 * Starts each app under a keeper: our child is the keeper, the app is its child. A keeper whose tree is empty takes the
 * next order, so a restart needs no new one, and its app is executed as soon as the order is sent.
 */
final class KeeperPool implements Starter, Keepers {
    private static final System.Logger LOG = System.getLogger(KeeperPool.class.getName());

    /** So many without an app stay, for a restart to come; they hold some 20 KB each. */
    private static final int MOST_IDLE = 64;

    private static final int REPORT_LIMIT = 512;

    private final Path program;
    private final Children children;
    private final KeeperFiles files;
    private final EventLoop loop;
    private final Deque<Keeper> idle = new ConcurrentLinkedDeque<>();

    /** Starts on their way to the loop, each for an idle keeper. */
    private final AtomicInteger coming = new AtomicInteger();

    private final Map<ProcessIdentity, Keeper> byApp = new ConcurrentHashMap<>();
    /** Started by standing orders, and nobody's yet; on the loop. */
    private final Map<Launch, Keeper> unclaimed = new HashMap<>();

    private final Set<Integer> pids = ConcurrentHashMap.newKeySet();

    KeeperPool(Path program, Children children, KeeperFiles files, EventLoop loop) {
        this.program = program;
        this.children = children;
        this.files = files;
        this.loop = loop;
    }

    /** Starts a first keeper, to be there when it is needed; empty where that can't be, else why not. */
    Optional<String> begin() {
        return switch (make()) {
            case Made.One(Keeper keeper) -> {
                loop.submit(() -> follow(keeper));
                idle.push(keeper);
                yield Optional.empty();
            }
            case Made.None(String why) -> Optional.of(why);
        };
    }

    private sealed interface Made {
        record One(Keeper keeper) implements Made {}

        record None(String why) implements Made {}
    }

    private Made make() {
        LibC.Pair sockets = LibC.socketPair();
        Launch nothing = new Launch(List.of("keeper"), Path.of("/"), Map.of(), Path.of("/dev/null"));
        Result result;
        try {
            result = children.make(new Program(program, nothing.command(), OptionalInt.of(sockets.theirs())), nothing);
        } finally {
            LibC.close(sockets.theirs());
        }
        return switch (result) {
            case Result.Child(ProcessIdentity identity) -> {
                pids.add(identity.pid());
                yield new Made.One(new Keeper(identity, sockets.ours(), files.of(identity)));
            }
            case Result.None(int errno) -> {
                LibC.close(sockets.ours());
                yield new Made.None(SpawnObstacle.explain(program, errno));
            }
        };
    }

    /** On the loop, so that nobody else closes the socket meanwhile. */
    @Override
    public boolean startAtOnce(Known known, Consumer<SpawnResult> onResult) {
        for (Keeper keeper = idle.poll(); keeper != null; keeper = idle.poll()) {
            KeeperOrder order = order(keeper, known);
            if (!order.fitsAtOnce()) {
                idle.push(keeper);
                return false;
            }
            keeper.expect(new Keeper.Start(known, onResult));
            if (order.send(keeper.socket)) {
                return true;
            }
            keeper.takePending(); // it is gone, and the loop is about to hear of it
        }
        return false;
    }

    @Override
    public void start(Known known, Consumer<SpawnResult> onResult) {
        // One idle keeper must not have a thousand starts wait for the loop.
        if (coming.incrementAndGet() > idle.size()) {
            coming.decrementAndGet();
            startAnew(known, onResult);
            return;
        }
        loop.execute(() -> {
            coming.decrementAndGet();
            if (!startAtOnce(known, onResult)) {
                Thread.startVirtualThread(() -> startAnew(known, onResult));
            }
        });
    }

    /** Under a keeper that is made for it; not on the loop. */
    private void startAnew(Known known, Consumer<SpawnResult> onResult) {
        switch (make()) {
            case Made.One(Keeper keeper) -> {
                keeper.expect(new Keeper.Start(known, onResult));
                // Where it can't be sent the keeper is gone, which is heard of when it is followed.
                order(keeper, known).send(keeper.socket);
                loop.submit(() -> follow(keeper));
            }
            case Made.None(String why) -> onResult.accept(new SpawnResult.NotSpawned(why));
        }
    }

    private KeeperOrder order(Keeper keeper, Known known) {
        forget(keeper);
        return orderOf(keeper, known);
    }

    private KeeperOrder orderOf(Keeper keeper, Known known) {
        return KeeperOrder.of(known.launch(), known.program(), keeper.statusFile, children.bootId());
    }

    @Override
    public boolean order(ProcessIdentity app, Known next, Standing terms) {
        Keeper keeper = byApp.get(app);
        return keeper != null
                && isOf(keeper, app)
                && keeper.sendAhead(orderOf(keeper, next).standing(terms), Optional.of(next.launch()));
    }

    @Override
    public void revoke(ProcessIdentity app) {
        Keeper keeper = byApp.get(app);
        if (keeper != null && isOf(keeper, app) && keeper.hasStanding()) {
            keeper.sendAhead(KeeperOrder.REVOCATION, Optional.empty());
        }
    }

    private static boolean isOf(Keeper keeper, ProcessIdentity app) {
        return keeper.record().app().equals(Optional.of(app));
    }

    @Override
    public Optional<Launch> startedAfter(ProcessIdentity app) {
        Keeper keeper = byApp.get(app);
        return keeper == null || isOf(keeper, app) ? Optional.empty() : keeper.unclaimed();
    }

    @Override
    public Optional<ProcessIdentity> takeStarted(Launch launch) {
        Keeper keeper = unclaimed.isEmpty() ? null : unclaimed.remove(launch);
        if (keeper == null) {
            return Optional.empty();
        }
        keeper.record().before().ifPresent(before -> byApp.remove(before.app(), keeper));
        return Optional.of(keeper.claim());
    }

    private void forget(Keeper keeper) {
        keeper.unclaimed().ifPresent(launch -> unclaimed.remove(launch, keeper));
        KeeperRecord record = keeper.record();
        record.app().ifPresent(app -> byApp.remove(app, keeper));
        record.before().ifPresent(before -> byApp.remove(before.app(), keeper));
    }

    private void follow(Keeper keeper) {
        keeper.token = loop.add(keeper.socket, () -> read(keeper));
    }

    private void read(Keeper keeper) {
        switch (LibC.receive(keeper.socket, REPORT_LIMIT)) {
            case LibC.Received.Text(String text) -> heard(keeper, text);
            case LibC.Received.Nothing _ -> {}
            case LibC.Received.End _ -> gone(keeper);
        }
    }

    private void heard(Keeper keeper, String text) {
        KeeperRecord before = keeper.record();
        keeper.read(text);
        KeeperRecord now = keeper.record();
        if (before.app().isEmpty() && now.app().isPresent()) {
            byApp.put(now.app().get(), keeper);
            keeper.takePending()
                    .ifPresent(start -> start.onResult()
                            .accept(new SpawnResult.Spawned(now.app().get())));
        }
        tellEnds(keeper, before, now);
        Optional<String> failure = failure(keeper, now);
        failure.ifPresent(why ->
                keeper.takePending().ifPresent(start -> start.onResult().accept(new SpawnResult.NotSpawned(why))));
        if (failure.isPresent() || !before.isTreeEmpty() && now.isTreeEmpty()) {
            // Behind what its words have led to: its file is written anew with the next order.
            loop.submit(() -> release(keeper));
        }
    }

    /** Of the app that ran, once it is known whether another one was started after it. */
    private void tellEnds(Keeper keeper, KeeperRecord before, KeeperRecord now) {
        boolean isAgain = now.before().isPresent() && !now.before().equals(before.before());
        if (isAgain) {
            KeeperRecord.Before ended = now.before().get();
            keeper.startedAgain().ifPresent(launch -> unclaimed.put(launch, keeper));
            byApp.put(now.app().orElseThrow(), keeper);
            children.watcher().ended(ended.app(), ended.ended().orElse(new ExitStatus.Unknown()));
        }
        if (now.app().isPresent()
                && now.ended().isPresent()
                && (isAgain || before.ended().isEmpty())) {
            children.watcher().ended(now.app().get(), now.ended().get());
        }
    }

    private static Optional<String> failure(Keeper keeper, KeeperRecord now) {
        if (now.failed().isPresent()) {
            Path program = keeper.expected().map(Known::program).orElse(Path.of("?"));
            return Optional.of(SpawnObstacle.explain(program, now.failed().getAsInt()));
        }
        return now.unkept().isPresent()
                ? Optional.of(("its status file can't be written (%s): "
                                + "free space or correct the permissions of the service's home")
                        .formatted(Errno.describe(now.unkept().getAsInt())))
                : Optional.empty();
    }

    private void release(Keeper keeper) {
        if (idle.size() < MOST_IDLE) {
            idle.push(keeper);
        } else {
            LibC.shutdown(keeper.socket);
        }
    }

    /** It has ended: by our will, or someone killed it. */
    private void gone(Keeper keeper) {
        idle.remove(keeper);
        pids.remove(keeper.identity.pid());
        loop.remove(keeper.token, keeper.socket);
        LibC.close(keeper.socket);
        keeper.takePending()
                .ifPresent(start -> start.onResult()
                        .accept(new SpawnResult.NotSpawned("its keeper ended before it could start it: free memory or"
                                + " raise the limit of processes")));
        KeeperRecord record = keeper.record();
        forget(keeper);
        if (record.app().isEmpty() || record.isTreeEmpty()) {
            files.remove(keeper.identity);
        } else if (record.ended().isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The keeper of process %d was killed"
                            .formatted(record.app().get().pid()));
            children.watcher().followByPid(record.app().get());
        }
    }

    @Override
    public Optional<KeeperRecord> recordOf(ProcessIdentity app) {
        Keeper keeper = byApp.get(app);
        if (keeper != null) {
            KeeperRecord record = keeper.record();
            Optional<KeeperRecord> told = record.of(app);
            if (told.isPresent()) {
                return Optional.of(told.get().by(Optional.of(keeper.identity)));
            }
        }
        return files.recordOf(app);
    }

    @Override
    public Optional<ProcessIdentity> appOf(String marker) {
        return files.appOf(marker);
    }

    @Override
    public boolean isFollowed(ProcStat keeper) {
        return pids.contains(keeper.pid());
    }

    @Override
    public boolean willTell(ProcessIdentity app) {
        return byApp.containsKey(app);
    }

    @Override
    public Guarantees guarantees() {
        return Guarantees.full();
    }
}
