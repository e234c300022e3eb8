package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a thread of its own. */
class MachineGpusIT {
    private static final GpuSample SILENT = GpuSample.troubled("the GPU's driver does not answer");

    @TempDir
    private Path dev;

    @Test
    void driverThatHangsHoldsUpNobodyForLong() {
        CountDownLatch hanging = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        MachineGpus gpus = new MachineGpus(
                () -> {
                    asked.incrementAndGet();
                    await(hanging);
                    return GpuSample.NONE;
                },
                dev,
                Duration.ofMillis(50));

        assertEquals(Optional.empty(), gpus.sampleWithin(Duration.ofMillis(1)));
        assertEquals(SILENT, gpus.sample());
        assertEquals(SILENT, gpus.sample());
        assertEquals(SILENT, gpus.recent());
        assertFalse(gpus.isAbsent());
        assertEquals(1, asked.get());

        hanging.countDown();
        while (!gpus.isAbsent()) {
            gpus.sample();
        }
    }

    @Test
    void aMachineWithoutAGpuIsKnownToHaveNone() {
        MachineGpus gpus = new MachineGpus(() -> GpuSample.NONE, dev, Duration.ofSeconds(20));

        assertFalse(gpus.isAbsent());
        assertEquals(GpuSample.NONE, gpus.sample());
        assertTrue(gpus.isAbsent());
    }

    @Test
    void aDriverThatIsLoadedLaterIsAskedAgain() throws IOException {
        MachineGpus gpus = new MachineGpus(() -> GpuSample.NONE, dev, Duration.ofSeconds(20));
        gpus.sample();

        Files.createFile(dev.resolve("nvidiactl"));
        assertFalse(gpus.isAbsent());

        // A device alone, as in a container without the driver's library, is no GPU.
        gpus.sample();
        assertTrue(gpus.isAbsent());
    }

    @Test
    void thisMachineIsLookedAtWithoutTrouble() {
        GpuSample sample = MachineGpus.of(System.getenv("PATH")).sample();

        assertEquals(sample.devices().isEmpty(), sample.equals(GpuSample.NONE), sample::toString);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
