package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.resource.GpuMonitor;
import org.jupyterrestart.resource.OshiSampler;
import org.jupyterrestart.workload.Workload;

/** The real supervisor with real processes, in one folder; its only app is called {@code app}. */
final class SupervisorLab implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final LinuxProcessControl processes;
    private final Path folder;
    private final SegmentedEventLog events;
    private Supervisor supervisor;

    SupervisorLab(Path folder) throws IOException {
        this.folder = folder;
        processes = LinuxProcessControl.open(folder);
        events = new SegmentedEventLog(folder, SegmentedEventLog.Limits.USUAL);
    }

    Supervisor supervise(GpuMonitor gpus, AppSpecBuilder app) {
        supervisor = Supervisor.of(
                new Config(Config.Service.DEFAULT, List.of(app.build()), List.of()),
                new PresetApps(Overrides.NONE, ZoneOffset.UTC),
                new Ports(
                        processes,
                        events,
                        new OshiSampler(folder, gpus),
                        gpus,
                        new SystemClock(),
                        new FileStateStore(folder.resolve("state.jsonl")),
                        Prober.TRUSTING,
                        (_, onDone) -> onDone.accept(List.of()),
                        Workload.NONE,
                        folder,
                        System.getenv()),
                processes.loop());
        supervisor.start();
        return supervisor;
    }

    /** The latest event of a type; empty before there is one. */
    Optional<Event> told(EventType type) {
        return events.since(0, 1_000).stream()
                .filter(event -> event.type() == type)
                .reduce((_, last) -> last);
    }

    AppView view() {
        return supervisor.snapshot().apps().getFirst();
    }

    String state() {
        return view().state();
    }

    void awaitState(String state) throws InterruptedException {
        await(state, () -> state().equals(state));
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within " + PATIENCE + ": " + what);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Override
    public void close() throws IOException {
        if (supervisor != null) {
            supervisor.shutDown();
        }
        events.close();
        processes.close();
    }
}
