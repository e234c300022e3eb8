package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.resource.GpuLab;
import org.jupyterrestart.resource.OshiSampler;
import org.jupyterrestart.workload.Workload;

/** Real processes and a real port, and a driver's library that says what the test wants. */
class GpuIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long GB = 1L << 30;

    @TempDir
    Path folder;

    private LinuxProcessControl processes;
    private SegmentedEventLog events;
    private Supervisor supervisor;
    private GpuLab lab;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        processes = LinuxProcessControl.open(folder);
        lab = new GpuLab(folder);
        lab.says("gpu 0 0 %d 0 Lab".formatted(16 * GB));
    }

    @AfterEach
    void close() throws Exception {
        supervisor.stop("app");
        await("stopped", () -> state().equals("stopped"));
        supervisor.shutDown();
        events.close();
        processes.close();
    }

    private void supervise(AppSpecBuilder app) throws IOException {
        events = new SegmentedEventLog(folder, SegmentedEventLog.Limits.USUAL);
        supervisor = Supervisor.of(
                new Config(Config.Service.DEFAULT, List.of(app.build()), List.of()),
                new PresetApps(Overrides.NONE, ZoneOffset.UTC),
                new Ports(
                        processes,
                        events,
                        new OshiSampler(folder, lab.monitor()),
                        lab.monitor(),
                        new SystemClock(),
                        new FileStateStore(folder.resolve("state.jsonl")),
                        Prober.TRUSTING,
                        (_, onDone) -> onDone.accept(List.of()),
                        Workload.NONE,
                        folder,
                        System.getenv()),
                processes.loop());
        supervisor.start();
    }

    private AppSpecBuilder app(String... command) {
        return new AppSpecBuilder("app").program(Program.of(List.of(command), Optional.of(folder), Map.of()));
    }

    private AppView view() {
        return supervisor.view("app").orElseThrow();
    }

    private String state() {
        return view().state();
    }

    private Event told(EventType type) {
        return events.since(0, 1_000).stream()
                .filter(event -> event.type() == type)
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private boolean isTold(EventType type) {
        return events.since(0, 1_000).stream().anyMatch(event -> event.type() == type);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("not " + what + " in time");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void memoryOfTheAppIsToldAndWaitedFor() throws Exception {
        supervise(app("sleep", "1000"));
        await("running", () -> state().equals("running"));
        int pid = view().pid().orElseThrow();
        lab.says("gpu 0 %d %d 50 Lab".formatted(6 * GB, 16 * GB), "process %d %d".formatted(pid, 5 * GB));
        await("measured", () -> {
            supervisor.snapshot();
            return view().gpuMemoryBytes().equals(OptionalLong.of(5 * GB));
        });

        supervisor.restart("app", Reason.MANUAL, false);
        await("verifying", () -> state().equals("verifying"));
        // The process is gone, its memory is not.
        lab.says("gpu 0 %d %d 0 Lab".formatted(6 * GB, 16 * GB));
        TimeUnit.MILLISECONDS.sleep(600);
        assertEquals("verifying", state());
        lab.says("gpu 0 %d %d 0 Lab".formatted(1 * GB, 16 * GB));
        await("running", () -> state().equals("running"));

        assertEquals(5 * GB, told(EventType.APP_GPU_FREED).data().get("bytes"));
        lab.says();
    }

    @Test
    void portThatThisTestHoldsIsWaitedFor() throws Exception {
        try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(holder.getLocalPort());
            supervise(app("sh", "-c", "sleep 1000", "--port", port).preset("comfyui"));
            await("told", () -> isTold(EventType.APP_BLOCKED));

            assertEquals("waiting", state());
            String message = told(EventType.APP_BLOCKED).message();
            assertTrue(
                    message.contains("port %s is held by java (pid %d)"
                            .formatted(port, ProcessHandle.current().pid())),
                    message);
        }
        await("running", () -> state().equals("running"));
    }
}
