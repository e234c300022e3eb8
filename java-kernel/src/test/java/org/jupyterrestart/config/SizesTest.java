package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

class SizesTest {
    @Test
    void readsEveryUnitExactly() {
        Map<String, Long> expected = Map.of(
                "0B", 0L,
                "1023B", 1023L,
                "1KB", 1024L,
                "1kib", 1024L,
                "512MB", 536_870_912L,
                "1.5GB", 1_610_612_736L,
                "20GiB", 21_474_836_480L,
                "2TB", 2_199_023_255_552L,
                "0.3KB", 307L,
                "8388607TB", 9_223_370_937_343_148_032L);

        assertEquals(
                expected.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> new Parsed.Good<>(entry.getValue()))),
                expected.keySet().stream().collect(Collectors.toMap(text -> text, Sizes::parse)));
    }

    @Test
    void refusesEverythingElseAndShowsHowToWriteIt() {
        for (String text : List.of("", "20", "GB", "-1GB", "1,5GB", "1.GB", "20 GB", "1PB", "1i", "1e3KB")) {
            assertEquals(
                    new Parsed.Bad<>("\"" + text + "\" is no size: write it like 512MB, 20GB or 1.5GB"),
                    Sizes.parse(text));
        }
    }

    @Test
    void sizesReadAlikeEverywhere() {
        assertEquals(
                List.of("0 B", "1023 B", "2 KB", "182 MB", "8.2 GB", "16 GB", "1 GB", "1048576 TB"),
                Stream.of(0L, 1023L, 1536L, 190_840_832L, 8_804_682_956L, 16L << 30, (1L << 30) - 1, 1L << 60)
                        .map(Sizes::words)
                        .toList());
    }

    @Test
    void whatIsTooSmallOrTooLargeIsToldSo() {
        assertEquals(new Parsed.Bad<>("1023B is too small: at least 1KB"), Sizes.parse("1023B", 1024));
        assertEquals(new Parsed.Good<>(1024L), Sizes.parse("1KB", 1024));
        assertEquals(
                new Parsed.Bad<>("8388608TB is more than any machine has: write a smaller size"),
                Sizes.parse("8388608TB"));
    }

    @Test
    void everySizeIsReadBackAsItWasWritten() {
        Seeds.forAll(2_000, random -> {
            long bytes = random.nextLong(1L << random.nextInt(1, 62));
            assertEquals(new Parsed.Good<>(bytes), Sizes.parse(Sizes.format(bytes)));
        });
    }
}
