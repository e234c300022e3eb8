package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.resource.GpuLab;

/** Real processes and a real port, and a driver's library that says what the test wants. */
class GpuIT {
    private static final long GB = 1L << 30;

    @TempDir
    Path folder;

    private SupervisorLab lab;
    private GpuLab gpu;
    private Supervisor supervisor;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        lab = new SupervisorLab(folder);
        gpu = new GpuLab(folder);
        gpu.says("gpu 0 0 %d 0 Lab".formatted(16 * GB));
    }

    @AfterEach
    void close() throws Exception {
        supervisor.stop("app");
        lab.awaitState("stopped");
        lab.close();
    }

    private void supervise(AppSpecBuilder app) throws IOException {
        supervisor = lab.supervise(gpu.monitor(), app);
    }

    private AppSpecBuilder app(String... command) {
        return new AppSpecBuilder("app").program(Program.of(List.of(command), Optional.of(folder), Map.of()));
    }

    @Test
    void memoryOfTheAppIsToldAndWaitedFor() throws Exception {
        supervise(app("sleep", "1000"));
        lab.awaitState("running");
        int pid = lab.view().pid().orElseThrow();
        gpu.says("gpu 0 %d %d 50 Lab".formatted(6 * GB, 16 * GB), "process %d %d".formatted(pid, 5 * GB));
        SupervisorLab.await("measured", () -> {
            supervisor.snapshot();
            return lab.view().gpuMemoryBytes().equals(OptionalLong.of(5 * GB));
        });

        supervisor.restart("app", Reason.MANUAL, false);
        lab.awaitState("verifying");
        // The process is gone, its memory is not.
        gpu.says("gpu 0 %d %d 0 Lab".formatted(6 * GB, 16 * GB));
        TimeUnit.MILLISECONDS.sleep(600);
        assertEquals("verifying", lab.state());
        gpu.says("gpu 0 %d %d 0 Lab".formatted(1 * GB, 16 * GB));
        lab.awaitState("running");

        assertEquals(
                5 * GB, lab.told(EventType.APP_GPU_FREED).orElseThrow().data().get("bytes"));
        gpu.says();
    }

    @Test
    void portThatThisTestHoldsIsWaitedFor() throws Exception {
        try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(holder.getLocalPort());
            supervise(app("sh", "-c", "sleep 1000", "--port", port).preset("comfyui"));
            SupervisorLab.await("told", () -> lab.told(EventType.APP_BLOCKED).isPresent());

            assertEquals("waiting", lab.state());
            String message = lab.told(EventType.APP_BLOCKED).orElseThrow().message();
            assertTrue(
                    message.contains("port %s is held by java (pid %d)"
                            .formatted(port, ProcessHandle.current().pid())),
                    message);
        }
        lab.awaitState("running");
    }
}
