package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

class DurationsTest {
    @Test
    void readsEveryUnit() {
        Map<String, Duration> expected = Map.of(
                "500ms", Duration.ofMillis(500),
                "10s", Duration.ofSeconds(10),
                "5m", Duration.ofMinutes(5),
                "2h", Duration.ofHours(2),
                "1h30m", Duration.ofMinutes(90),
                "1d", Duration.ofHours(24),
                "1d1h1m1s1ms", Duration.ofMillis(90_061_001),
                "90m", Duration.ofMinutes(90),
                "0s", Duration.ZERO);

        assertEquals(
                expected.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> new Parsed.Good<>(entry.getValue()))),
                expected.keySet().stream().collect(Collectors.toMap(text -> text, Durations::parse)));
    }

    @Test
    void refusesEverythingElseAndShowsHowToWriteIt() {
        for (String text : List.of(
                "", " ", "10", "10 s", "s", "-5s", "1.5h", "30m1h", "1m1m", "5min", "1H", "9999999999s", "٣s")) {
            assertEquals(
                    new Parsed.Bad<>("\"" + text + "\" is no duration: write it like 500ms, 10s, 5m, 2h, 1h30m or 1d"),
                    Durations.parse(text));
        }
    }

    @Test
    void whatIsTooShortIsToldTheLeast() {
        Duration least = Duration.ofMillis(100);

        assertEquals(new Parsed.Bad<>("99ms is too short: at least 100ms"), Durations.parse("99ms", least));
        assertEquals(new Parsed.Good<>(least), Durations.parse("100ms", least));
        assertEquals(Durations.parse("x"), Durations.parse("x", least));
    }

    @Test
    void whatNoClockCouldCountIsTooLong() {
        assertEquals(new Parsed.Good<>(Duration.ofDays(3650)), Durations.parse("3650d"));
        assertEquals(new Parsed.Bad<>("3650d1ms is too long: at most 3650d"), Durations.parse("3650d1ms"));
    }

    @Test
    void everyDurationIsReadBackAsItWasWritten() {
        Seeds.forAll(2_000, random -> {
            Duration duration = Duration.ofMillis(random.nextLong(1L << random.nextInt(1, 38)));
            assertEquals(new Parsed.Good<>(duration), Durations.parse(Durations.format(duration)));
        });
    }
}
