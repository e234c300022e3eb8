package org.jupyterrestart.simulation;

import static java.util.stream.Collectors.toSet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.SpawnResult;
import org.jupyterrestart.process.Standing;

/**
 * An operating system in memory, with programs that crash, ignore TERM and leave children behind. It knows which
 * process belongs to which app, and fails the test when the service gets that wrong.
 */
final class SimulatedOs implements ProcessControl {
    private static final String BOOT = "simulated";
    private static final int PIDS = 12;
    private static final int TERM = 15;
    private static final int KILL = 9;

    private final RandomGenerator random;
    private final VirtualClock clock;
    private final Death death;
    private final Map<Integer, Process> byPid = new LinkedHashMap<>();
    private final Map<ProcessIdentity, Consumer<ExitStatus>> watchers = new HashMap<>();
    private Consumer<Process> onSpawn = _ -> {};
    private Consumer<String> beforeSpawn = _ -> {};
    private Consumer<Process> onExit = _ -> {};
    private IntPredicate hasGpu = _ -> false;
    private final Map<Integer, ProcessIdentity> listeners = new HashMap<>();
    private final Set<String> refused = new HashSet<>();
    private final Set<ProcessIdentity> halted = new HashSet<>();
    private final Map<ProcessIdentity, Long> startedAt = new HashMap<>();

    private final SimulatedKeepers keepers = new SimulatedKeepers();
    private boolean isCalm;
    private long ticks;

    SimulatedOs(RandomGenerator random, VirtualClock clock, Death death) {
        this.random = random;
        this.clock = clock;
        this.death = death;
    }

    /**
     * @param app the truth, which the service can't see; empty for a bystander
     * @param isEscaped left the session: only the marker tells where it belongs
     */
    record Process(
            ProcessIdentity identity,
            String app,
            ProcessIdentity root,
            String marker,
            boolean ignoresTerm,
            boolean isEscaped) {
        boolean isRoot() {
            return identity.equals(root);
        }
    }

    void onSpawn(Consumer<Process> listener) {
        onSpawn = listener;
    }

    void beforeSpawn(Consumer<String> listener) {
        beforeSpawn = listener;
    }

    void onExit(Consumer<Process> listener) {
        onExit = listener;
    }

    /** {@code test} takes a pid. */
    void hasGpu(IntPredicate test) {
        hasGpu = test;
    }

    /** As long as it lives. */
    void listen(int port, ProcessIdentity process) {
        listeners.put(port, process);
    }

    /** From now on this program can't be started. */
    void refuse(String app) {
        refused.add(app);
    }

    /** It sleeps in the kernel, as over a network disk that is gone: no signal ends it until it wakes. */
    void halt(ProcessIdentity process) {
        halted.add(process);
    }

    /** Whatever it was sent meanwhile ends it now. */
    void wake(ProcessIdentity process) {
        halted.remove(process);
        exit(process, new ExitStatus.Signal(KILL));
    }

    /** From now on programs start and stay, and only KILL is slow. */
    void calmDown() {
        isCalm = true;
    }

    List<Process> live() {
        return List.copyOf(byPid.values());
    }

    Optional<Process> rootOf(String app) {
        return live().stream()
                .filter(process -> process.app().equals(app) && process.isRoot())
                .findFirst();
    }

    /** Someone starts a program by hand. */
    Process start(String app) {
        return add(app, "", Optional.empty(), false, false);
    }

    /** What an earlier run of the app left, of which no service knows. */
    Process leftBehind(String app, String marker) {
        return add(app, marker, Optional.empty(), false, true);
    }

    /** A process of the app starts another. */
    Process fork(Process parent) {
        return add(parent.app(), parent.marker(), Optional.of(parent.root()), false, false);
    }

    void exit(ProcessIdentity identity, ExitStatus status) {
        if (isAlive(identity)) {
            onExit.accept(byPid.remove(identity.pid()));
            startAgain(identity, status);
            Optional.ofNullable(watchers.remove(identity)).ifPresent(watcher -> watcher.accept(status));
        }
    }

    /** The keeper's part; now and then it is told of the end of its app too late. */
    private void startAgain(ProcessIdentity ended, ExitStatus status) {
        Duration age = Duration.ofNanos(clock.now().nanos() - startedAt.get(ended));
        Optional<Launch> order = keepers.orderAfter(ended, age, status).filter(_ -> random.nextInt(8) != 0);
        boolean isAlone =
                byPid.values().stream().noneMatch(process -> process.root().equals(ended));
        if (order.isPresent() && isAlone && started(order.get()) instanceof SpawnResult.Spawned(ProcessIdentity next)) {
            keepers.startedAfter(ended, order.get(), next);
        }
    }

    @Override
    public boolean order(ProcessIdentity app, Launch next, Standing terms) {
        death.point();
        if (isAlive(app)) {
            keepers.order(app, next, terms);
        }
        return true;
    }

    @Override
    public void revoke(ProcessIdentity app) {
        death.point();
        keepers.revoke(app);
    }

    @Override
    public Optional<Launch> startedAfter(ProcessIdentity app) {
        return keepers.launchAfter(app);
    }

    /** The service is gone, and with it its watches; without one nothing is started. */
    void forgetService() {
        watchers.clear();
        keepers.forgetService();
    }

    /** A keeper that has its order carries it out, whatever becomes of the service meanwhile. */
    @Override
    public void start(Launch launch, Consumer<SpawnResult> onResult) {
        death.point();
        Optional<ProcessIdentity> startedAlready = keepers.takeStarted(launch);
        if (startedAlready.isPresent()) {
            onResult.accept(new SpawnResult.Spawned(startedAlready.get()));
            return;
        }
        ProcessIdentity inTheWay = listeners.get(SimulatedConfig.PORT);
        if (launch.output().endsWith("work.log") && inTheWay != null && isAlive(inTheWay)) {
            throw new AssertionError("work is started while %s has its port".formatted(inTheWay));
        }
        SimulatedKeepers.Pending order = keepers.take(launch, onResult);
        clock.after(Duration.ofMillis(isCalm ? 0 : random.nextInt(3)), () -> keepers.carryOut(order, this::started));
        death.point();
    }

    private SpawnResult started(Launch launch) {
        String app = launch.output().getFileName().toString().replace(".log", "");
        beforeSpawn.accept(app);
        List<Process> before =
                live().stream().filter(process -> process.app().equals(app)).toList();
        if (!before.isEmpty()) {
            throw new AssertionError("%s is started while %s live".formatted(app, before));
        }
        if (refused.contains(app) || !isCalm && random.nextInt(8) == 0) {
            return new SpawnResult.NotSpawned("no such file");
        }
        Process root =
                add(app, launch.environment().get(Launch.MARKER), Optional.empty(), random.nextInt(4) == 0, false);
        if (app.equals("work") && random.nextBoolean()) {
            add(app, root.marker(), Optional.of(root.identity()), random.nextBoolean(), random.nextBoolean());
        }
        if (!isCalm && random.nextInt(3) == 0) {
            ExitStatus status =
                    random.nextBoolean() ? new ExitStatus.Code(random.nextInt(2)) : new ExitStatus.Signal(11);
            clock.after(Duration.ofMillis(random.nextInt(20_000)), () -> exit(root.identity(), status));
        }
        onSpawn.accept(root);
        return new SpawnResult.Spawned(root.identity());
    }

    private Process add(
            String app, String marker, Optional<ProcessIdentity> root, boolean ignoresTerm, boolean isEscaped) {
        // Few pids, so that they are reused all the time.
        int pid = 1 + random.nextInt(PIDS);
        while (byPid.containsKey(pid)) {
            pid = pid % (4 * PIDS + byPid.size()) + 1;
        }
        ProcessIdentity identity = new ProcessIdentity(BOOT, pid, ++ticks);
        Process process = new Process(identity, app, root.orElse(identity), marker, ignoresTerm, isEscaped);
        byPid.put(pid, process);
        startedAt.put(identity, clock.now().nanos());
        return process;
    }

    @Override
    public Optional<ProcessIdentity> identify(int pid) {
        return Optional.ofNullable(byPid.get(pid)).map(Process::identity);
    }

    @Override
    public boolean isAlive(ProcessIdentity identity) {
        return identify(identity.pid()).equals(Optional.of(identity));
    }

    @Override
    public void watch(ProcessIdentity identity, Consumer<ExitStatus> onExit) {
        death.point();
        if (isAlive(identity)) {
            watchers.put(identity, onExit);
        } else {
            onExit.accept(new ExitStatus.Unknown());
        }
    }

    @Override
    public void unwatch(ProcessIdentity identity) {
        watchers.remove(identity);
    }

    @Override
    public List<ProcessIdentity> tree(ProcessIdentity root, String marker) {
        death.point();
        List<ProcessIdentity> members = new ArrayList<>();
        for (Process process : byPid.values()) {
            boolean isNear = process.root().equals(root) && !process.isEscaped() || isSuccessor(root, process);
            if (isNear || !marker.isEmpty() && process.marker().equals(marker)) {
                members.add(process.identity());
            }
        }
        return members;
    }

    @Override
    public boolean isTreeEmpty(ProcessIdentity root) {
        return random.nextBoolean()
                && byPid.values().stream()
                        .noneMatch(process -> process.root().equals(root) || isSuccessor(root, process));
    }

    /** Of the tree of what a keeper has started after {@code ended}. */
    private boolean isSuccessor(ProcessIdentity ended, Process process) {
        return keepers.processAfter(ended).filter(process.root()::equals).isPresent();
    }

    @Override
    public Optional<Marked> find(String marker) {
        death.point();
        keepers.carryOutAll(this::started);
        return live().stream()
                .filter(process -> process.marker().equals(marker))
                .map(process -> new Marked(process.identity(), process.isRoot()))
                .min(Comparator.comparing(found -> !found.isMain()));
    }

    @Override
    public Set<String> markers() {
        keepers.carryOutAll(this::started);
        return live().stream().map(Process::marker).collect(toSet());
    }

    @Override
    public void signal(ProcessIdentity identity, int signal) {
        death.point();
        if (!isAlive(identity)) {
            return;
        }
        Process process = byPid.get(identity.pid());
        if (process.app().isEmpty()) {
            throw new AssertionError("signal %d to the bystander %s".formatted(signal, process));
        }
        if (!halted.contains(identity) && (signal == KILL || signal == TERM && !process.ignoresTerm())) {
            // Now and then longer than the patience of the stop sequence.
            Duration delay = Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(15_000) : random.nextInt(300));
            clock.after(delay, () -> exit(identity, new ExitStatus.Signal(signal)));
        }
        death.point();
    }

    @Override
    public Optional<Launch> launchOf(ProcessIdentity identity, Path output) {
        return isAlive(identity)
                ? Optional.of(new Launch(List.of("lab"), Path.of("/"), Map.of(), output))
                : Optional.empty();
    }

    @Override
    public Optional<PortHolder> holderOf(String host, int port) {
        return holderOf(port);
    }

    @Override
    public Optional<PortHolder> holderOf(int port) {
        death.point();
        return Optional.ofNullable(listeners.get(port))
                .filter(this::isAlive)
                .map(process -> new PortHolder(Optional.of(process)));
    }

    @Override
    public List<ProcessIdentity> gpuHolders() {
        death.point();
        return live().stream()
                .map(Process::identity)
                .filter(identity -> hasGpu.test(identity.pid()))
                .toList();
    }

    @Override
    public Optional<String> markerOf(ProcessIdentity identity) {
        return Optional.ofNullable(byPid.get(identity.pid()))
                .filter(process -> process.identity().equals(identity))
                .map(Process::marker)
                .filter(marker -> !marker.isEmpty());
    }

    @Override
    public boolean ignores(ProcessIdentity identity, int signal) {
        return false;
    }

    @Override
    public Optional<String> imageOf(ProcessIdentity identity) {
        return Optional.empty();
    }

    @Override
    public String describe(ProcessIdentity identity) {
        return halted.contains(identity)
                ? "simulated (pid %d, in uninterruptible sleep)".formatted(identity.pid())
                : "simulated (pid %d)".formatted(identity.pid());
    }
}
