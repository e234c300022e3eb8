package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

/** Against files as the kernel names them. */
class AmdMonitorTest {
    @TempDir
    Path folder;

    private Path drm;
    private Path proc;

    @BeforeEach
    void fake() throws IOException {
        drm = folder.resolve("drm");
        proc = folder.resolve("proc");
        Files.createDirectories(drm);
        Files.createDirectories(proc);
    }

    private void card(int number, String address, Map<String, String> files) throws IOException {
        Path device = folder.resolve("devices").resolve(address);
        Files.createDirectories(device);
        for (var file : files.entrySet()) {
            Files.writeString(device.resolve(file.getKey()), file.getValue() + "\n");
        }
        Files.createDirectories(drm.resolve("card" + number));
        Files.createSymbolicLink(drm.resolve("card" + number + "/device"), device);
    }

    private void opens(int pid, int descriptor, String file, String info) throws IOException {
        Path process = proc.resolve(Integer.toString(pid));
        Files.createDirectories(process.resolve("fd"));
        Files.createDirectories(process.resolve("fdinfo"));
        Files.createSymbolicLink(process.resolve("fd/" + descriptor), Path.of(file));
        Files.writeString(process.resolve("fdinfo/" + descriptor), info);
    }

    private static String info(String address, int client, int kibibytes) {
        return "drm-driver:\tamdgpu\ndrm-pdev:\t%s\ndrm-client-id:\t%d\ndrm-memory-vram:\t%d KiB\n"
                .formatted(address, client, kibibytes);
    }

    private GpuSample sample() {
        return new AmdMonitor(drm, proc).sample();
    }

    @Test
    void cardsAreToldWithTheMemoryOfEachProcess() throws IOException {
        card(
                1,
                "0000:03:00.0",
                Map.of(
                        "mem_info_vram_used", "5000",
                        "mem_info_vram_total", "9000",
                        "gpu_busy_percent", "42",
                        "product_name", "Radeon PRO W7900"));
        card(2, "0000:04:00.0", Map.of("mem_info_vram_used", "1", "mem_info_vram_total", "2", "device", "0x744c"));
        opens(11, 5, "/dev/dri/renderD128", info("0000:03:00.0", 7, 3));
        opens(11, 6, "/dev/dri/renderD128", info("0000:03:00.0", 7, 3)); // the same client once more
        opens(11, 7, "/dev/dri/renderD128", info("0000:03:00.0", 8, 1));
        opens(11, 8, "/dev/null", "");
        opens(12, 5, "/dev/dri/renderD128", info("0000:03:00.0", 9, 2));

        assertEquals(
                new GpuSample(
                        List.of(
                                new Device(
                                        new Gpu("Radeon PRO W7900", 5_000, 9_000, OptionalInt.of(42)),
                                        Optional.of(Map.of(11, 4096L, 12, 2048L))),
                                new Device(new Gpu("AMD GPU 0x744c", 1, 2, OptionalInt.empty()), Optional.empty())),
                        Optional.empty()),
                sample());
    }

    @Test
    void othersCardsAndConnectorsAreNone() throws IOException {
        card(0, "0000:00:02.0", Map.of("vendor", "0x8086"));
        Files.createDirectories(drm.resolve("card0-HDMI-A-1/device"));

        assertEquals(GpuSample.NONE, sample());
    }

    @Test
    void aMachineWithoutGraphicsHasNone() {
        assertEquals(GpuSample.NONE, new AmdMonitor(folder.resolve("missing"), proc).sample());
    }

    @Test
    void aCardThatIsTakenOutIsNone() throws IOException {
        card(0, "0000:03:00.0", Map.of("mem_info_vram_used", "5000"));

        assertEquals(GpuSample.NONE, sample());
    }
}
