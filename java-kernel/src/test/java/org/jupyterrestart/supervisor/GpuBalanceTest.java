package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.GpuSample;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

class GpuBalanceTest {
    private static final long MB = 1L << 20;
    private static final int APP = 11;
    private static final int OTHER = 12;

    private static GpuSample sample(long usedMb, Map<Integer, Long> megabytes) {
        Map<Integer, Long> bytes = new HashMap<>();
        megabytes.forEach((pid, count) -> bytes.put(pid, count * MB));
        return sample(usedMb, Optional.of(bytes));
    }

    private static GpuSample sample(long usedMb, Optional<Map<Integer, Long>> bytes) {
        Gpu gpu = new Gpu("GPU", usedMb * MB, 24_000 * MB, OptionalInt.empty());
        return new GpuSample(List.of(new Device(gpu, bytes)), Optional.empty());
    }

    private static GpuBalance of(GpuSample before, GpuSample now) {
        return GpuBalance.of(
                GpuBaseline.of(new ProcessIdentity("boot", APP, 1), before, Set.of(APP)), OptionalLong.empty(), now);
    }

    private static final GpuSample BEFORE = sample(9_000, Map.of(APP, 6_000L, OTHER, 2_500L));

    @Test
    void allIsBackAtTheBaseline() {
        assertEquals(new GpuBalance(true, 6_000 * MB, 0), of(BEFORE, sample(3_000, Map.of(OTHER, 2_500L))));
    }

    @Test
    void whatNobodyHadBeforeIsMissing() {
        assertEquals(
                new GpuBalance(false, 2_000 * MB, 4_000 * MB, List.of(0)),
                of(BEFORE, sample(7_000, Map.of(OTHER, 2_500L))));
    }

    @Test
    void whatADriverStillCountsToTheAppIsMissing() {
        assertEquals(
                new GpuBalance(false, 0, 6_000 * MB, List.of(0)),
                of(BEFORE, sample(9_000, Map.of(APP, 6_000L, OTHER, 2_500L))));
    }

    @Test
    void whatOthersTakeOrGiveBackMeanwhileDoesNotMatter() {
        Seeds.forAll(1_000, random -> {
            long others = random.nextInt(10_000);
            long missing = random.nextInt(6_000);
            boolean isBack = missing * MB <= GpuBaseline.TOLERANCE;
            assertEquals(
                    new GpuBalance(isBack, (6_000 - missing) * MB, missing * MB, isBack ? List.of() : List.of(0)),
                    of(BEFORE, sample(500 + others + missing, Map.of(77, others))));
        });
    }

    @Test
    void theDeviceOnWhichItIsMissingIsKnown() {
        GpuSample before = both(BEFORE, sample(5_000, Map.of(APP, 4_000L)));
        GpuSample now = both(sample(3_000, Map.of(OTHER, 2_500L)), sample(4_500, Map.of()));

        assertEquals(new GpuBalance(false, 6_500 * MB, 3_500 * MB, List.of(1)), of(before, now));
    }

    private static GpuSample both(GpuSample first, GpuSample second) {
        return new GpuSample(
                List.of(first.devices().getFirst(), second.devices().getFirst()), Optional.empty());
    }

    @Test
    void whereTheDriverDoesNotTellMemoryIsBackWhenItNoLongerFalls() {
        GpuBaseline before =
                GpuBaseline.of(new ProcessIdentity("boot", APP, 1), sample(9_000, Optional.empty()), Set.of(APP));
        GpuSample now = sample(3_000, Optional.empty());

        assertEquals(new GpuBalance(false, 6_000 * MB, 0), GpuBalance.of(before, OptionalLong.empty(), now));
        assertEquals(new GpuBalance(false, 6_000 * MB, 0), GpuBalance.of(before, OptionalLong.of(5_000 * MB), now));
        assertEquals(new GpuBalance(true, 6_000 * MB, 0), GpuBalance.of(before, OptionalLong.of(3_010 * MB), now));
    }

    @Test
    void aDriverThatFailsHasNotGivenBack() {
        assertEquals(new GpuBalance(false, 0, 6_000 * MB), of(BEFORE, GpuSample.NONE));
    }
}
