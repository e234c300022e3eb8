package org.jupyterrestart;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jupyterrestart.api.ControlApi;
import org.jupyterrestart.api.ControlServer;
import org.jupyterrestart.api.LogPaths;
import org.jupyterrestart.api.ResourceRing;
import org.jupyterrestart.api.ServiceEnd;
import org.jupyterrestart.api.ServiceFacts;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigFile.InForce;
import org.jupyterrestart.event.RestartLog;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.home.EndpointFile;
import org.jupyterrestart.home.FolderWatch;
import org.jupyterrestart.home.ServiceIdentity;
import org.jupyterrestart.home.UsualPlaces;
import org.jupyterrestart.hook.TimedHooks;
import org.jupyterrestart.notify.Notifier;
import org.jupyterrestart.output.OutputWatch;
import org.jupyterrestart.probe.TimedProber;
import org.jupyterrestart.process.Guarantees;
import org.jupyterrestart.process.Guard;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.process.ProcFs;
import org.jupyterrestart.resource.GpuMonitor;
import org.jupyterrestart.resource.MachineGpus;
import org.jupyterrestart.resource.OshiSampler;
import org.jupyterrestart.resource.ResourceSampler;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.FileStateStore;
import org.jupyterrestart.supervisor.LiveConfig;
import org.jupyterrestart.supervisor.Ports;
import org.jupyterrestart.supervisor.PresetApps;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.supervisor.Supervisor;
import org.jupyterrestart.supervisor.SystemClock;
import org.jupyterrestart.workload.Workloads;

/** Every part of the service, made and joined by hand; closing takes them apart in the opposite order. */
final class RunningService implements AutoCloseable {
    private static final int TOKEN_BYTES = 32;

    private final Startup startup;
    private final SegmentedEventLog events;
    private final LinuxProcessControl processes;
    private final Supervisor supervisor;
    private final RestartLog restartLog;
    private final Notifier notifier;
    private final OutputWatch outputs;
    private final LiveConfig config;
    private final Optional<FolderWatch> folders;
    private final ControlServer server;
    private final EndpointFile endpointFile;
    private final Endpoint endpoint;
    private final PidFiles pidFiles;
    private final Optional<Guard> guard;

    private boolean hasSuccessor;

    private RunningService(Startup startup, String version, boolean isGuarded, Consumer<ServiceEnd> end)
            throws IOException {
        this.startup = startup;
        Path home = startup.home();
        Settings settings = startup.settings();
        int pid = Math.toIntExact(ProcessHandle.current().pid());
        UsualPlaces places = UsualPlaces.of(home);
        SystemClock clock = new SystemClock();
        events = new SegmentedEventLog(home, SegmentedEventLog.Limits.USUAL);
        processes = LinuxProcessControl.open(home);
        ServiceFacts facts = new ServiceFacts(pid, version, clock.now(), weakerPromises(processes.guarantees()));
        GpuMonitor gpus = MachineGpus.of(settings.environment().getOrDefault("PATH", ""));
        ResourceSampler sampler = new OshiSampler(home, gpus);
        ResourceRing resources = new ResourceRing(
                sampler, clock, () -> settings.config().service().sampleEvery());
        supervisor = Supervisor.of(
                settings.config(),
                new PresetApps(settings.overrides(), ZoneId.systemDefault()),
                new Ports(
                        processes,
                        events,
                        sampler,
                        gpus,
                        clock,
                        new FileStateStore(home.resolve("state.jsonl")),
                        TimedProber.of(clock, processes, home, settings.environment()),
                        new TimedHooks(processes, home, settings.environment()),
                        new Workloads(() -> clock.now().nanos(), settings.environment(), processes, home),
                        home,
                        settings.environment()),
                processes.loop());
        restartLog = new RestartLog(
                home,
                new RestartLog.Sources(events, supervisor::find, resources::latest, clock),
                () -> logSettings(settings.config(), places),
                ZoneId.systemDefault());
        ProcFs procFs = new ProcFs(Path.of("/proc"));
        notifier = new Notifier(events, clock, home, procFs.hostName());
        notifier.tell(settings.config().webhooks());
        supervisor.start();
        restartLog.start();
        outputs = new OutputWatch(
                home.resolve("logs"), () -> settings.config().service().output(), clock);
        outputs.start();
        config = new LiveConfig(settings.configFile(), clock, new Followers(supervisor, notifier));
        config.start();
        folders = FolderWatch.start(settings.configFile().folders(), config::touched);
        ControlApi api = new ControlApi(new ControlApi.Parts(
                supervisor, events, resources, new Logs(home, restartLog), config, facts, clock, end));
        String token = token();
        server = new ControlServer(new ControlServer.Settings(0, token, version), api);
        ServiceIdentity us = new ServiceIdentity(processes.identify(pid).orElseThrow(), procFs.hostName());
        pidFiles =
                new PidFiles(settings.overrides().pidFile().orElseGet(places::pidFile), home, us, processes::identify);
        endpointFile = new EndpointFile(home);
        endpoint = new Endpoint(server.port(), token, pid, version);
        // Before: who knows of us counts on that we are brought back.
        guard = isGuarded ? guard() : Optional.empty();
        endpointFile.write(endpoint);
        Rehearsal.start();
        new MemoryReturn(new MemoryReturn.Own(), clock, events::lastSeq).start();
    }

    /**
     * Answers requests when it returns, and is brought back when it is killed where {@code isGuarded}; {@code end} is
     * told by whoever asks it over HTTP to end.
     */
    static RunningService start(Startup startup, String version, boolean isGuarded, Consumer<ServiceEnd> end)
            throws IOException {
        return new RunningService(startup, version, isGuarded, end);
    }

    /** From now on whoever ends this process ends it. */
    void leaveGuard() {
        guard.ifPresent(Guard::close);
    }

    private Optional<Guard> guard() {
        return processes.guard(
                endpointFile.path(),
                startup.home().resolve("service.log"),
                startup.settings().environment());
    }

    /** What tells others of this process stays when it closes: the service goes on in it. */
    void leaveToSuccessor() {
        hasSuccessor = true;
    }

    /** Starts an app that waits to be told so. */
    void startApp(String name) throws RefusedException {
        supervisor.start(name);
    }

    /** Returns when no app runs; the next service starts those again that are wanted. */
    void stopApps() throws InterruptedException, RefusedException {
        supervisor.stopApps();
    }

    int port() {
        return server.port();
    }

    private static RestartLog.Settings logSettings(Config config, UsualPlaces places) {
        Config.Service service = config.service();
        return new RestartLog.Settings(
                service.log().orElseGet(places::restartLog), service.logMaxSize(), service.logKeep());
    }

    private static Optional<String> weakerPromises(Guarantees guarantees) {
        return guarantees.kept() ? Optional.empty() : Optional.of(guarantees.explanation());
    }

    private static String token() {
        byte[] bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** All that keep to the config; what is asked anew each time needs no word. */
    private record Followers(Supervisor supervisor, Notifier notifier) implements LiveConfig.Listener {
        @Override
        public Accepted changed(Supplier<InForce> inForce) {
            notifier.tell(inForce.get().config().webhooks());
            return supervisor.changed(inForce);
        }

        @Override
        public void rejected(List<String> problems) {
            supervisor.rejected(problems);
        }
    }

    private record Logs(Path home, RestartLog log) implements LogPaths {
        @Override
        public Path restartLog() {
            return log.path();
        }

        @Override
        public Path output(String name) {
            return home.resolve("logs").resolve(name + ".log");
        }
    }

    /** The restart log asks the supervisor, so it ends first; polls end with the event that the service stops. */
    @Override
    public void close() throws IOException {
        config.close();
        if (folders.isPresent()) {
            folders.get().close();
        }
        outputs.close();
        restartLog.close();
        server.end();
        supervisor.shutDown();
        awaitLoop();
        if (!hasSuccessor) {
            pidFiles.close();
            endpointFile.removeIfStill(endpoint);
        }
        server.close();
        notifier.close();
        events.close();
        processes.close();
        if (!hasSuccessor) {
            startup.lock().close();
        }
    }

    private void awaitLoop() {
        try {
            supervisor.awaitEnd();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
