package org.jupyterrestart.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jupyterrestart.probe.ProbeCounter.Counted;

class ProbeCounterTest {
    /** Results as + and -; changes as . for none, R for ready, U for unhealthy, W for well again. */
    @ParameterizedTest
    @CsvSource({
        "starting, 3, +,          R",
        "starting, 3, -----,      .....",
        "starting, 3, -----+,     .....R",
        "starting, 3, --+++,      ..R..",
        "starting, 3, --+--+--,   ..R.....",
        "starting, 3, +---,       R..U",
        "starting, 1, -+-+,       .RUW",
        "ready,    3, ++,         ..",
        "ready,    3, ---,        ..U",
        "ready,    3, --+---,     .....U",
        "ready,    3, ------,     ..U..U",
        "ready,    3, ---+,       ..UW",
        "ready,    3, ----+,      ..U.W",
        "ready,    3, ---+---+++, ..UW..UW..",
        "ready,    1, ---+-,      UUUWU"
    })
    void resultsMean(String start, int threshold, String results, String changes) {
        ProbeCounter first = start.equals("ready") ? ProbeCounter.ready(threshold) : ProbeCounter.starting(threshold);
        Tape tape = new Tape(first);
        assertEquals(changes, results.chars().mapToObj(tape::next).collect(Collectors.joining()));
    }

    private static final class Tape {
        private ProbeCounter counter;

        Tape(ProbeCounter first) {
            counter = first;
        }

        String next(int result) {
            Counted counted = counter.count(result == '+');
            counter = counted.counter();
            return switch (counted.change()) {
                case NONE -> ".";
                case READY -> "R";
                case UNHEALTHY -> "U";
                case WELL_AGAIN -> "W";
            };
        }
    }
}
