package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

class NvidiaSmiTest {
    @TempDir
    Path folder;

    private PidSpace pids;

    @BeforeEach
    void fake() throws IOException {
        Path ns = folder.resolve("proc/self/ns");
        Files.createDirectories(ns);
        Files.createSymbolicLink(ns.resolve("pid"), Path.of("pid:[4026531836]"));
        pids = new PidSpace(folder.resolve("proc"));
    }

    @Test
    void whatIsWrittenIsRead() {
        Seeds.forAll(2_000, random -> {
            List<String> gpus = new ArrayList<>();
            List<String> processes = new ArrayList<>();
            List<Device> expected = new ArrayList<>();
            for (int gpu = random.nextInt(4); gpu > 0; gpu--) {
                expected.add(device(random, "GPU-" + gpu, gpus, processes));
            }
            assertEquals(new GpuSample(expected, Optional.empty()), NvidiaSmi.parse(gpus, processes, pids));
        });
    }

    private static Device device(RandomGenerator random, String uuid, List<String> gpus, List<String> processes) {
        long used = random.nextInt(100_000);
        long total = random.nextInt(200_000);
        boolean isBusyTold = random.nextBoolean();
        int busy = random.nextInt(101);
        String name = random.nextBoolean() ? "NVIDIA A100, 80GB" : "Tesla T4";
        gpus.add("%s, %d, %d, %s, %s".formatted(uuid, used, total, isBusyTold ? busy : "[N/A]", name));
        Map<Integer, Long> memoryByPid = new HashMap<>();
        for (int process = random.nextInt(5); process > 0; process--) {
            int pid = 1 + random.nextInt(1 << 22);
            boolean isTold = random.nextBoolean();
            long mebibytes = random.nextInt(100_000);
            processes.add("%s, %d, %s".formatted(uuid, pid, isTold ? mebibytes : "[Insufficient Permissions]"));
            memoryByPid.put(pid, isTold ? mebibytes << 20 : Device.UNTOLD);
        }
        Gpu gpu = new Gpu(name, used << 20, total << 20, isBusyTold ? OptionalInt.of(busy) : OptionalInt.empty());
        return new Device(gpu, Optional.of(memoryByPid));
    }

    @Test
    void noTextBreaksTheParser() {
        String letters = "0123456789,, []N/A-GPUé\t";
        Seeds.forAll(5_000, random -> {
            List<String> lines = new ArrayList<>();
            for (int line = random.nextInt(4); line > 0; line--) {
                StringBuilder text = new StringBuilder();
                random.ints(random.nextInt(40), 0, letters.length()).forEach(at -> text.append(letters.charAt(at)));
                lines.add(text.toString());
            }
            NvidiaSmi.parse(lines, lines, pids);
        });
    }

    @Test
    void noToolIsNoDriver() {
        assertEquals(Optional.empty(), new NvidiaSmi(folder.toString(), pids).sample());
    }

    @Test
    void toolIsRun() throws IOException {
        tool("case $1 in *gpu=*) echo 'GPU-1, 5, 10, 35, Tesla T4';; *) echo 'GPU-1, 11, 3';; esac");

        Gpu gpu = new Gpu("Tesla T4", 5 << 20, 10 << 20, OptionalInt.of(35));
        assertEquals(
                Optional.of(new GpuSample(
                        List.of(new Device(gpu, Optional.of(Map.of(11, 3L << 20)))), Optional.empty())),
                new NvidiaSmi(folder.toString(), pids).sample());
    }

    @Test
    void toolThatFailsIsToldInItsWords() throws IOException {
        tool("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");

        assertEquals(
                Optional.of(GpuSample.troubled("NVIDIA: nvidia-smi ended with 18:"
                        + " Failed to initialize NVML: Driver/library version mismatch")),
                new NvidiaSmi(folder.toString(), pids).sample());
    }

    private void tool(String script) throws IOException {
        Path tool = folder.resolve("nvidia-smi");
        Files.writeString(tool, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
