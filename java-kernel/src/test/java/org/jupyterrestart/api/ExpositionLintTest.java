package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jupyterrestart.Seeds;

class ExpositionLintTest {
    /** A checker that finds nothing shows nothing: lines end at each bar. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "# HELP m a|# TYPE m gauge|m 1; ",
                "# TYPE m gauge|m 1; neither HELP nor TYPE before: m 1",
                "m 1; neither HELP nor TYPE before: m 1,apart from its metric: m 1",
                "# HELP m a|# TYPE m gauge|m 1|m 2; the same series twice: m 2",
                "# HELP m a|# TYPE m gauge|m{a=\"1\"} 1|m{a=\"1\"} 2; the same series twice: m{a=\"1\"} 2",
                "# HELP m a|# TYPE m gauge|# TYPE m gauge|m 1; typed twice: # TYPE m gauge",
                "# HELP m a|# TYPE m counter|m 1; counters and they alone end in _total: m",
                "# HELP m_total a|# TYPE m_total gauge|m_total 1; counters and they alone end in _total: m_total",
                "# HELP m_total a|# TYPE m_total counter|m_total -1; counts down: m_total -1",
                "# HELP m_ms a|# TYPE m_ms gauge|m_ms 1; no base unit: m_ms",
                "# HELP m a|# TYPE m gauge|m{a=\"\\\"} 1; no labels: m{a=\"\\\"} 1",
                "# HELP m a|# TYPE m gauge|m{0=\"\"} 1; no labels: m{0=\"\"} 1",
                "# HELP m a|# TYPE m gauge|m 1,5; no number: m 1,5",
                "# HELP m a|# TYPE m gauge|m{a=\"x\" 1; no sample: m{a=\"x\" 1",
                "# HELP m a|# TYPE m gauge|# HELP n a|# TYPE n gauge|n 1|m 1; apart from its metric: m 1",
                "# HELP m a|# TYPE m summary|m_sum 1|m_count 2; ",
                "# HELP m a|# TYPE m gauge|m_sum 1; neither HELP nor TYPE before: m_sum 1,apart from its metric: m_sum 1"
            })
    void whatIsWrongIsFound(String lines, String expected) {
        assertEquals(
                expected == null ? "" : expected,
                String.join(",", ExpositionLint.problems(lines.replace('|', '\n') + "\n"))
                        .replace("counters, and they alone, end", "counters and they alone end"));
    }

    @Test
    void anyLabelIsReadBackAsItWas() {
        Seeds.forAll(1_000, random -> {
            StringBuilder value = new StringBuilder();
            for (int length = random.nextInt(12); length > 0; length--) {
                value.append("\\\"\n\t{},= an\u00e4\u20ac".charAt(random.nextInt(13)));
            }
            Exposition out = new Exposition();
            out.family("m", "gauge", "Help.").sample(1, "a", value.toString(), "b", "c");
            String text = out.text().body();
            assertEquals(List.of(), ExpositionLint.problems(text));
            String line = text.lines().toList().getLast();
            assertEquals(
                    Optional.of(Map.of("a", value.toString(), "b", "c")),
                    ExpositionLint.labels(line.substring(2, line.lastIndexOf('}'))));
        });
    }
}
