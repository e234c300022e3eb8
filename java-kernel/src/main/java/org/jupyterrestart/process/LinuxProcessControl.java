package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** {@link ProcessControl} by posix_spawn, pidfds and /proc: Linux 5.4 or newer. */
public final class LinuxProcessControl implements ProcessControl, AutoCloseable {
    private final ProcFs procFs = new ProcFs(Path.of("/proc"));
    private final String bootId = procFs.bootId();
    private final int self = (int) ProcessHandle.current().pid();
    private final ExitWatcher watcher;

    public LinuxProcessControl() {
        LibC.restoreChildSignal();
        watcher = new ExitWatcher(NO_KEEPER);
    }

    @Override
    public SpawnResult spawn(Launch launch) {
        return switch (ProgramLookup.find(launch.command().getFirst(), launch.directory(), launch.environment())) {
            case ProgramLookup.Found.Nowhere(String why) -> notSpawned(launch, why);
            case ProgramLookup.Found.At(Path program) -> spawn(launch, program);
        };
    }

    private SpawnResult spawn(Launch launch, Path program) {
        Optional<String> obstacle = SpawnObstacle.find(launch);
        if (obstacle.isPresent()) {
            return notSpawned(launch, obstacle.get());
        }
        int pid = new SpawnCall(
                        program,
                        launch.command(),
                        launch.environment(),
                        launch.directory(),
                        launch.output(),
                        OptionalInt.empty())
                .run();
        return pid < 0
                ? notSpawned(launch, SpawnObstacle.explain(program, -pid))
                : new SpawnResult.Spawned(takeChild(pid));
    }

    /** Nobody else reaps it, so its pid and its entry in /proc stay until we do, however fast it ended. */
    private ProcessIdentity takeChild(int pid) {
        PidFd pidfd = PidFd.open(pid).orElseThrow(() -> new IllegalStateException(
                "our child %d was reaped by someone else in this process".formatted(pid)));
        long startTicks = procFs.stat(pid).orElseThrow().startTicks();
        ProcessIdentity identity = new ProcessIdentity(bootId, pid, startTicks);
        watcher.addChild(identity, pidfd);
        return identity;
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
        Predicate<ProcStat> marked = marker.isEmpty()
                ? _ -> false
                : process -> marker.equals(procFs.environment(process.pid()).get(Launch.MARKER));
        var surroundings = new ProcessTree.Surroundings(self, OptionalInt.empty(), marked);
        return ProcessTree.members(procFs.processes(), root, surroundings).stream()
                .map(this::identityOf)
                .toList();
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

    /** Ends the watching; processes go on. */
    @Override
    public void close() {
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

    private Optional<ProcStat> live(int pid) {
        return procFs.stat(pid).filter(process -> !process.isZombie());
    }

    private ProcessIdentity identityOf(ProcStat process) {
        return new ProcessIdentity(bootId, process.pid(), process.startTicks());
    }

    private static SpawnResult notSpawned(Launch launch, String why) {
        return new SpawnResult.NotSpawned("can't start %s: %s".formatted(launch.command().getFirst(), why));
    }

    private static final StatusSource NO_KEEPER = new StatusSource() {
        @Override
        public boolean isKept(ProcessIdentity identity) {
            return false;
        }

        @Override
        public Optional<ExitStatus> status(ProcessIdentity identity) {
            return Optional.empty();
        }
    };
}
