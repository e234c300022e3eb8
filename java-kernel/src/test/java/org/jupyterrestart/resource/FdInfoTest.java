package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

class FdInfoTest {
    @Test
    void linesOfAnyOrderAreRead() {
        Seeds.forAll(2_000, random -> {
            int client = random.nextInt(100);
            long kibibytes = random.nextInt(100_000_000);
            boolean isInMebibytes = random.nextBoolean();
            List<String> lines = Arrays.asList(
                    "pos:\t0",
                    "flags:\t02100002",
                    "drm-driver:\tamdgpu",
                    "drm-client-id:\t" + client,
                    "drm-pdev:\t0000:03:00.0",
                    "drm-memory-gtt:\t123 KiB",
                    "drm-memory-vram:\t%d %s".formatted(kibibytes, isInMebibytes ? "MiB" : "KiB"),
                    "drm-engine-gfx:\t99 ns");
            Collections.shuffle(lines, Random.from(random));

            assertEquals(
                    Optional.of(new FdInfo(
                            new FdInfo.Client("0000:03:00.0", Integer.toString(client)),
                            kibibytes << (isInMebibytes ? 20 : 10))),
                    FdInfo.parse(String.join("\n", lines)));
        });
    }

    @Test
    void newerKernelsTellResidentMemory() {
        assertEquals(
                Optional.of(new FdInfo(new FdInfo.Client("0000:03:00.0", "7"), 4096)),
                FdInfo.parse(
                        "drm-pdev: 0000:03:00.0\ndrm-client-id: 7\ndrm-total-vram: 9 MiB\ndrm-resident-vram: 4 KiB"));
    }

    @Test
    void whatTellsNoMemoryIsNone() {
        assertEquals(Optional.empty(), FdInfo.parse("pos:\t0\nflags:\t02\n"));
        assertEquals(Optional.empty(), FdInfo.parse("drm-pdev: a\ndrm-memory-vram: 4 KiB"));
        assertEquals(Optional.empty(), FdInfo.parse("drm-pdev: a\ndrm-client-id: 7\ndrm-memory-vram: many KiB"));
    }

    @Test
    void noTextBreaksTheParser() {
        Seeds.forAll(5_000, random -> {
            StringBuilder text = new StringBuilder();
            random.ints(random.nextInt(60), 0, 128).forEach(letter -> text.append((char) letter));
            FdInfo.parse("drm-pdev: a\ndrm-client-id: 7\ndrm-memory-vram:" + text);
        });
    }
}
