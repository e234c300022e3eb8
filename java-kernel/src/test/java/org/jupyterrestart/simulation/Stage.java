package org.jupyterrestart.simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.lifecycle.AppMachine;
import org.jupyterrestart.lifecycle.CronLines;
import org.jupyterrestart.resource.ResourceSampler;
import org.jupyterrestart.resource.UnmeasuredSampler;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.HookRunner;
import org.jupyterrestart.supervisor.Ports;
import org.jupyterrestart.supervisor.PresetApps;
import org.jupyterrestart.supervisor.Prober;
import org.jupyterrestart.supervisor.SimulatedLoop;
import org.jupyterrestart.supervisor.Supervisor;
import org.jupyterrestart.workload.Workload;

/** The real supervisor on a virtual clock, above an operating system that does what it is told. */
final class Stage {
    static final CronLines NO_CRON = (_, _, _) -> Optional.empty();
    private static final HookRunner NO_HOOKS = (_, onDone) -> onDone.accept(List.of());

    final VirtualClock clock = new VirtualClock();
    private final Death nobody = new Death();
    final SimulatedOs os = new SimulatedOs(new SplittableRandom(1), clock, nobody);
    final SimulatedLog log = new SimulatedLog(nobody);
    final SimulatedStore store = new SimulatedStore(nobody);
    final SimulatedGpus gpus = new SimulatedGpus();
    private final Config config;
    private final Workload workload;
    private final CronLines cron;
    private final ResourceSampler sampler;
    private SimulatedLoop loop;
    Supervisor supervisor;

    /** A second after the start. */
    Stage(Config config) {
        this(config, Workload.NONE);
    }

    Stage(Config config, Workload workload) {
        this(config, workload, NO_CRON);
    }

    Stage(Config config, Workload workload, CronLines cron) {
        this(config, workload, cron, new UnmeasuredSampler());
    }

    Stage(Config config, Workload workload, CronLines cron, ResourceSampler sampler) {
        this.config = config;
        this.sampler = sampler;
        this.workload = workload;
        this.cron = cron;
        os.calmDown();
        os.hasGpu(pid -> gpus.of(pid) > 0);
        os.onExit(process -> gpus.give(process.identity().pid(), 0));
        serve();
    }

    /** The service is killed, and comes back after {@code time}. */
    void away(Duration time) {
        away(time, () -> {});
    }

    void away(Duration time, Runnable meanwhile) {
        loop.end();
        os.forgetService();
        meanwhile.run();
        clock.advance(time, () -> {});
        serve();
    }

    private void serve() {
        loop = new SimulatedLoop();
        Ports ports = new Ports(
                os, log, sampler, gpus, clock, store, Prober.TRUSTING, NO_HOOKS, workload, Path.of("/home"), Map.of());
        supervisor = loop.supervisor(
                config, new PresetApps(Overrides.NONE, ZoneOffset.UTC), ports, new AppMachine(cron), cron);
        supervisor.start();
        pass(Duration.ofSeconds(1));
    }

    void pass(Duration time) {
        loop.runAll();
        clock.advance(time, loop::runAll);
    }

    Optional<AppView> view(String app) {
        return supervisor.snapshot().apps().stream()
                .filter(view -> view.name().equals(app))
                .findFirst();
    }

    String state(String app) {
        return view(app).map(AppView::state).orElse("unknown");
    }

    /** Each as {@code app type}. */
    List<String> toldAfter(long seq) {
        return log.since(seq, 1_000).stream()
                .map(event -> (event.app().orElse("") + " " + event.type().wireName()).strip())
                .toList();
    }

    Event last() {
        return log.all().getLast();
    }
}
