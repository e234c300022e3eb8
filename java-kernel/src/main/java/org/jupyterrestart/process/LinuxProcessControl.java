package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@link ProcessControl} by posix_spawn, pidfds and /proc: Linux 5.4 or newer. */
public final class LinuxProcessControl implements ProcessControl, AutoCloseable {
    private static final Path PROC = Path.of("/proc");

    private final int self = (int) ProcessHandle.current().pid();
    private final ProcFs procFs;
    private final Listeners listeners;
    private final String bootId;
    private final Keepers keepers;
    private final KeptTrees keptTrees;
    private final ExitWatcher watcher;
    private final Starter starter;
    private final Starter direct;

    /** Shared by starts; guards {@code isClosed}. */
    private final ReadWriteLock starts = new ReentrantReadWriteLock();

    private boolean isClosed;

    private LinuxProcessControl(Keepers keepers, Function<Children, Starter> starter) {
        LibC.restoreChildSignal();
        this.keepers = keepers;
        procFs = new ProcFs(PROC);
        listeners = new Listeners(PROC);
        bootId = procFs.bootId();
        keptTrees = new KeptTrees(self, procFs, bootId, keepers);
        watcher = new ExitWatcher(keepers);
        Children children = new Children(procFs, bootId, watcher);
        this.starter = starter.apply(children);
        direct = new Starter.Direct(children, "it is not an app");
    }

    /** Starts apps under keepers where this machine allows it; their program and files are kept below {@code home}. */
    public static LinuxProcessControl open(Path home) {
        try {
            KeeperFiles files = new KeeperFiles(home.resolve("keeper"));
            return new LinuxProcessControl(files, children -> keptStarter(home.resolve("bin"), children, files));
        } catch (IOException e) {
            return withoutKeeper("its files can't be kept in %s (%s)".formatted(home, e.getMessage()));
        }
    }

    /** Starts apps as our own children. */
    public static LinuxProcessControl withoutKeeper(String why) {
        return new LinuxProcessControl(Keepers.NONE, children -> new Starter.Direct(children, why));
    }

    private static Starter keptStarter(Path folder, Children children, KeeperFiles files) {
        return switch (KeeperProgram.install(folder, children)) {
            case KeeperProgram.Installed.At(Path program) -> new KeptStarter(children, program, files);
            case KeeperProgram.Installed.Nowhere(String why) -> new Starter.Direct(children, why);
        };
    }

    public Guarantees guarantees() {
        return starter.guarantees();
    }

    @Override
    public SpawnResult spawn(Launch launch) {
        return spawn(launch, starter);
    }

    /** Without a keeper, whose file would be kept for a day. */
    @Override
    public SpawnResult spawnBrief(Launch launch) {
        return spawn(launch, direct);
    }

    private SpawnResult spawn(Launch launch, Starter starter) {
        starts.readLock().lock();
        try {
            return trySpawn(launch, starter);
        } finally {
            starts.readLock().unlock();
        }
    }

    private SpawnResult trySpawn(Launch launch, Starter starter) {
        SpawnResult result = isClosed
                ? new SpawnResult.NotSpawned("the service ends: start it again when the next one runs")
                : SpawnObstacle.find(launch)
                        .<SpawnResult>map(SpawnResult.NotSpawned::new)
                        .orElseGet(() -> findAndStart(launch, starter));
        return switch (result) {
            case SpawnResult.Spawned _ -> result;
            case SpawnResult.NotSpawned(String why) ->
                new SpawnResult.NotSpawned(
                        "can't start %s: %s".formatted(launch.command().getFirst(), why));
        };
    }

    private static SpawnResult findAndStart(Launch launch, Starter starter) {
        return switch (ProgramLookup.find(launch.command().getFirst(), launch.directory(), launch.environment())) {
            case ProgramLookup.Found.Nowhere(String why) -> new SpawnResult.NotSpawned(why);
            case ProgramLookup.Found.At(Path program) -> starter.start(launch, program);
        };
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
        watcher.watch(identity, pin(identity), onExit);
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
        return procFs.processes().stream()
                .filter(process -> !process.isZombie() && process.pid() != self && !KeeperProgram.isKeeper(process))
                .filter(process -> procFs.hasVariable(process.pid(), Launch.MARKER, marker))
                .sorted(Comparator.comparing(ProcStat::startTicks).thenComparing(ProcStat::pid))
                .map(process -> new Marked(identityOf(process), isMain(process)))
                .min(Comparator.comparing(found -> !found.isMain()));
    }

    @Override
    public Set<String> markers() {
        return procFs.processes().stream()
                .filter(process -> !process.isZombie() && process.pid() != self && !KeeperProgram.isKeeper(process))
                .flatMap(process ->
                        Stream.ofNullable(procFs.environment(process.pid()).get(Launch.MARKER)))
                .collect(Collectors.toSet());
    }

    /** A keeper's file names the app itself; without one, what we start leads its session. */
    private boolean isMain(ProcStat process) {
        return keepers == Keepers.NONE
                ? process.session() == process.pid()
                : keepers.recordOf(identityOf(process)).isPresent();
    }

    @Override
    public void signal(ProcessIdentity identity, int signal) {
        Optional<PidFd> pinned = pin(identity);
        if (pinned.isPresent()) {
            try (PidFd pidfd = pinned.get()) {
                pidfd.signal(signal);
            }
        }
    }

    @Override
    public Optional<Launch> launchOf(ProcessIdentity identity, Path output) {
        int pid = identity.pid();
        List<String> command = procFs.commandLine(pid);
        Map<String, String> environment = procFs.environment(pid);
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
    public Optional<PortHolder> holderOf(int port) {
        return listeners.on(port)
                .map(listener -> new PortHolder(
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
        Optional<String> marker = Optional.ofNullable(
                procFs.environment(identity.pid()).get(Launch.MARKER));
        return marker.filter(_ -> isAlive(identity)); // asked last: the pid may be another's by now
    }

    /** Ends the watching; processes go on. No start comes after it: the next service must find all that there are. */
    @Override
    public void close() {
        starts.writeLock().lock();
        isClosed = true;
        starts.writeLock().unlock();
        watcher.close();
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
