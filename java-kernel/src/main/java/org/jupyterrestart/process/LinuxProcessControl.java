package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@link ProcessControl} by posix_spawn, pidfds and /proc: Linux 5.4 or newer. */
public final class LinuxProcessControl implements ProcessControl, AutoCloseable {
    private static final Path PROC = Path.of("/proc");
    private static final int KILL = 9;
    private static final int CONT = 18;
    private static final int STOP = 19;

    private final int self = (int) ProcessHandle.current().pid();
    private final ProcFs procFs = new ProcFs(PROC);
    private final Listeners listeners = new Listeners(PROC);
    private final String bootId = procFs.bootId();
    private final Remains remains = new Remains(procFs, bootId);
    private final EventLoop loop = new EventLoop();
    private final KeptTrees keptTrees;
    private final LeftKeepers leftKeepers;
    private final ExitWatcher watcher;
    private final Children children;
    private final Starts starts;

    /** The pool of keepers, if there is one: it comes after the watcher that it reports to. */
    private volatile Keepers keepers;

    private LinuxProcessControl(Keepers files, Path folder, BiFunction<Children, EventLoop, Starter> starter) {
        LibC.restoreChildSignal();
        keepers = files;
        Keepers latest = new LatestKeepers();
        keptTrees = new KeptTrees(self, procFs, bootId, latest);
        leftKeepers = new LeftKeepers(procFs, folder, bootId, files, keeper -> keepers.isFollowed(keeper));
        watcher = new ExitWatcher(loop, latest, this::pin, remains);
        children = new Children(procFs, bootId, watcher);
        inherited().forEach(children::take);
        Starter apps = starter.apply(children, loop);
        if (apps instanceof KeeperPool pool) {
            keepers = pool;
        }
        starts = new Starts(loop, apps, new Starter.Direct(children, "it is not an app"));
    }

    /** A service that replaced itself is still the parent of the keepers that it had before. */
    private List<Integer> inherited() {
        return procFs.children(self).stream()
                .filter(pid -> procFs.stat(pid).filter(KeeperProgram::isKeeper).isPresent())
                .toList();
    }

    private final class LatestKeepers implements Keepers {
        @Override
        public Optional<KeeperRecord> recordOf(ProcessIdentity app) {
            return keepers.recordOf(app);
        }

        @Override
        public boolean willTell(ProcessIdentity app) {
            return keepers.willTell(app);
        }
    }

    /** Starts apps under keepers where this machine allows it; their program and files are kept below {@code home}. */
    public static LinuxProcessControl open(Path home) {
        try {
            KeeperFiles files = new KeeperFiles(home.resolve("keeper"));
            Path folder = home.resolve("bin");
            return new LinuxProcessControl(
                    files, folder, (children, loop) -> keptStarter(folder, children, files, loop));
        } catch (IOException e) {
            return withoutKeeper("its files can't be kept in %s (%s)".formatted(home, e.getMessage()));
        }
    }

    /** Starts apps as our own children. */
    public static LinuxProcessControl withoutKeeper(String why) {
        return new LinuxProcessControl(
                Keepers.NONE, Path.of("none"), (children, _) -> new Starter.Direct(children, why));
    }

    /** A first keeper is started, too: a disk mounted noexec shows. */
    private static Starter keptStarter(Path folder, Children children, KeeperFiles files, EventLoop loop) {
        return switch (KeeperProgram.install(folder)) {
            case KeeperProgram.Installed.At(Path program) -> {
                KeeperPool pool = new KeeperPool(program, children, files, loop);
                yield pool.begin()
                        .<Starter>map(why -> new Starter.Direct(children, why))
                        .orElse(pool);
            }
            case KeeperProgram.Installed.Nowhere(String why) -> new Starter.Direct(children, why);
        };
    }

    /** The thread on which everything is heard of; the supervisor's own tasks run there as well. */
    public EventLoop loop() {
        return loop;
    }

    /**
     * Has this very process brought back when it ends without a word; none where that can't be.
     *
     * @param endpoint the file that names the process that is the service
     * @param output what it says then is appended to it
     */
    public Optional<Guard> guard(Path endpoint, Path output, Map<String, String> environment) {
        Path directory = Path.of("").toAbsolutePath();
        return Guard.start(children, new Launch(OwnProcess.commandLine(), directory, environment, output), endpoint);
    }

    public Guarantees guarantees() {
        return starts.guarantees();
    }

    @Override
    public void start(Launch launch, Consumer<SpawnResult> onResult) {
        starts.start(launch, onResult);
    }

    @Override
    public boolean order(ProcessIdentity app, Launch next, Standing terms) {
        return starts.order(app, next, terms);
    }

    @Override
    public void revoke(ProcessIdentity app) {
        starts.revoke(app);
    }

    @Override
    public Optional<Launch> startedAfter(ProcessIdentity app) {
        return starts.startedAfter(app);
    }

    /** Without a keeper, whose file would be kept for a day. */
    @Override
    public SpawnResult spawnBrief(Launch launch) {
        return starts.startBrief(launch);
    }

    @Override
    public Optional<ProcessIdentity> identify(int pid) {
        return live(pid).map(this::identityOf);
    }

    @Override
    public boolean isAlive(ProcessIdentity identity) {
        return identify(identity.pid()).equals(Optional.of(identity));
    }

    @Override
    public void watch(ProcessIdentity identity, Consumer<ExitStatus> onExit) {
        watcher.watch(identity, onExit);
    }

    @Override
    public void unwatch(ProcessIdentity identity) {
        watcher.unwatch(identity);
    }

    @Override
    public List<ProcessIdentity> tree(ProcessIdentity root, String marker) {
        if (!root.bootId().equals(bootId)) {
            return List.of();
        }
        return keptTrees.members(root).orElseGet(() -> scan(root, marker)).stream()
                .map(this::identityOf)
                .toList();
    }

    @Override
    public Duration cpuOfJob(ProcessIdentity leader) {
        OptionalInt session = session(leader.pid());
        return ProcessHandle.of(leader.pid()).stream()
                .flatMap(first -> Stream.concat(
                        Stream.of(first),
                        first.descendants().filter(each -> session.equals(session(Math.toIntExact(each.pid()))))))
                .flatMap(process -> process.info().totalCpuDuration().stream())
                .reduce(Duration.ZERO, Duration::plus);
    }

    private OptionalInt session(int pid) {
        return procFs.stat(pid).stream().mapToInt(ProcStat::session).findFirst();
    }

    @Override
    public boolean isTreeEmpty(ProcessIdentity root) {
        return keptTrees.members(root).filter(List::isEmpty).isPresent();
    }

    /** Looks at every process of the machine. */
    private List<ProcStat> scan(ProcessIdentity root, String marker) {
        Predicate<ProcStat> marked =
                marker.isEmpty() ? _ -> false : process -> procFs.hasVariable(process.pid(), Launch.MARKER, marker);
        var surroundings = new ProcessTree.Surroundings(self, keeperPid(root), marked);
        return ProcessTree.members(procFs.processes(), root, surroundings);
    }

    @Override
    public Optional<Marked> find(String marker) {
        leftKeepers.awaitDecided();
        return keepers.appOf(marker)
                .filter(app -> app.bootId().equals(bootId))
                .map(app -> new Marked(app, true))
                .or(() -> search(marker));
    }

    private Optional<Marked> search(String marker) {
        return procFs.processes().stream()
                .filter(process -> !process.isZombie() && process.pid() != self && !KeeperProgram.isKeeper(process))
                .filter(process -> procFs.hasVariable(process.pid(), Launch.MARKER, marker))
                .sorted(Comparator.comparingLong(ProcStat::startTicks).thenComparingInt(ProcStat::pid))
                .map(process -> new Marked(identityOf(process), isMain(process)))
                .min(Comparator.comparing(found -> !found.isMain()));
    }

    @Override
    public Set<String> markers() {
        leftKeepers.awaitDecided();
        return procFs.processes().stream()
                .filter(process -> !process.isZombie() && process.pid() != self && !KeeperProgram.isKeeper(process))
                .flatMap(process ->
                        Stream.ofNullable(procFs.environment(process.pid()).get(Launch.MARKER)))
                .collect(Collectors.toSet());
    }

    /** A keeper's file names the app itself; without one, what we start leads its session. */
    private boolean isMain(ProcStat process) {
        if (keepers == Keepers.NONE) {
            return process.session() == process.pid();
        }
        return keepers.recordOf(identityOf(process)).isPresent();
    }

    @Override
    public void signal(ProcessIdentity identity, int signal) {
        Optional<PidFd> pinned = pin(identity);
        if (pinned.isPresent()) {
            try (PidFd pidfd = pinned.get()) {
                pidfd.signal(signal);
                if (signal != KILL && signal != STOP) {
                    pidfd.signal(CONT);
                }
            }
        }
    }

    @Override
    public boolean ignores(ProcessIdentity identity, int signal) {
        return procFs.ignores(identity.pid(), signal) && isAlive(identity); // asked last: the pid may be another's
    }

    @Override
    public Optional<Launch> launchOf(ProcessIdentity identity, Path output) {
        int pid = identity.pid();
        Map<String, String> environment = procFs.environment(pid); // first: it waits for the end of an exec
        List<String> command = procFs.commandLine(pid);
        Optional<Path> directory = procFs.directory(pid);
        // Asked last: what was read is of this process only if it still has its pid.
        if (command.isEmpty() || directory.isEmpty() || !isAlive(identity)) {
            return Optional.empty();
        }
        return Optional.of(new Launch(command, directory.get(), environment, output));
    }

    @Override
    public String describe(ProcessIdentity identity) {
        return procFs.stat(identity.pid())
                .filter(process -> identityOf(process).equals(identity))
                .map(ProcStat::describe)
                .orElseGet(() -> "pid %d, gone".formatted(identity.pid()));
    }

    @Override
    public Optional<String> imageOf(ProcessIdentity identity) {
        Optional<String> image = procFs.image(identity.pid());
        return image.filter(_ -> isAlive(identity)); // asked last: the pid may be another's by now
    }

    @Override
    public Optional<PortHolder> holderOf(int port) {
        return holder(listeners.on(port));
    }

    @Override
    public Optional<PortHolder> holderOf(String host, int port) {
        return holder(listeners.on(host, port));
    }

    private Optional<PortHolder> holder(Optional<Listeners.Listener> found) {
        return found.map(listener -> new PortHolder(
                listener.pid().isPresent() ? identify(listener.pid().getAsInt()) : Optional.empty()));
    }

    @Override
    public List<ProcessIdentity> gpuHolders() {
        return Descriptors.pids(PROC).stream()
                .filter(pid -> Descriptors.of(PROC, pid).values().stream().anyMatch(GpuDevices::isGpu))
                .flatMap(pid -> identify(pid).stream())
                .toList();
    }

    @Override
    public Optional<String> markerOf(ProcessIdentity identity) {
        Optional<String> marker =
                Optional.ofNullable(procFs.environment(identity.pid()).get(Launch.MARKER));
        return marker.filter(_ -> isAlive(identity)); // asked last: the pid may be another's by now
    }

    /** Ends the watching; processes go on. */
    @Override
    public void close() {
        starts.close();
        loop.close();
        watcher.release();
    }

    /** A pidfd of exactly this process: its start time is read when the pidfd holds the pid already. */
    private Optional<PidFd> pin(ProcessIdentity identity) {
        if (!identity.bootId().equals(bootId)) {
            return Optional.empty();
        }
        Optional<PidFd> pidfd = PidFd.open(identity.pid());
        boolean isSame = procFs.stat(identity.pid())
                .map(this::identityOf)
                .filter(identity::equals)
                .isPresent();
        if (isSame) {
            return pidfd;
        }
        pidfd.ifPresent(PidFd::close);
        return Optional.empty();
    }

    /** Empty as well when the keeper is gone: its pid would be a stranger's. */
    private OptionalInt keeperPid(ProcessIdentity app) {
        return keepers.recordOf(app)
                .flatMap(KeeperRecord::keeper)
                .filter(this::isAlive)
                .map(keeper -> OptionalInt.of(keeper.pid()))
                .orElse(OptionalInt.empty());
    }

    private Optional<ProcStat> live(int pid) {
        return procFs.stat(pid).filter(process -> !process.isZombie());
    }

    private ProcessIdentity identityOf(ProcStat process) {
        return new ProcessIdentity(bootId, process.pid(), process.startTicks());
    }
}
