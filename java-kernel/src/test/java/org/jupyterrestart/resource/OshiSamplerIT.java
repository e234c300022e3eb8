package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.process.ProcFs;
import org.jupyterrestart.process.ProcessIdentity;

/** This machine. */
class OshiSamplerIT {
    @TempDir
    Path home;

    private final int self = (int) ProcessHandle.current().pid();

    @Test
    void memoryAndDiskAreMeasured() throws IOException {
        Resources sample = new OshiSampler(home, GpuMonitor.NONE).sample();

        assertEquals(OptionalLong.of(Files.getFileStore(home).getTotalSpace()), sample.diskTotal());
        assertTrue(isPart(sample.memoryUsed(), sample.memoryTotal()), sample::toString);
        assertTrue(isPart(sample.diskUsed(), sample.diskTotal()), sample::toString);
        assertEquals(List.of(), sample.gpus());
    }

    @Test
    void aFolderThatIsNotThereHasNoDisk() {
        Resources sample = new OshiSampler(home.resolve("missing"), GpuMonitor.NONE).sample();

        assertEquals(
                List.of(OptionalLong.empty(), OptionalLong.empty()), List.of(sample.diskUsed(), sample.diskTotal()));
    }

    @Test
    void memoryOfATreeCountsOnlyTheProcessesThatAreMeant() {
        OshiSampler sampler = new OshiSampler(home, GpuMonitor.NONE);
        long start = new ProcFs(Path.of("/proc")).stat(self).orElseThrow().startTicks();
        ProcessIdentity us = new ProcessIdentity("boot", self, start);
        ProcessIdentity former = new ProcessIdentity("boot", self, start - 1);

        long resident = sampler.memoryOf(List.of(us, former)).orElseThrow();

        assertTrue(resident > 10_000_000L && resident < 4_000_000_000L, () -> resident + " bytes");
        assertEquals(OptionalLong.empty(), sampler.memoryOf(List.of(former)));
    }

    private static boolean isPart(OptionalLong used, OptionalLong total) {
        return used.getAsLong() > 0 && used.getAsLong() < total.getAsLong();
    }
}
