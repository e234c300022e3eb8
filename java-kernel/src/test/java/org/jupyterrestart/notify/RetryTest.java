package org.jupyterrestart.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.web.WebCall.Answer;

class RetryTest {
    private static final Answer REFUSED = new Answer.None("Connection refused");

    private static Optional<Duration> seconds(int count) {
        return Optional.of(Duration.ofSeconds(count));
    }

    @Test
    void pausesDoubleUpToTheLongest() {
        assertEquals(
                Stream.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300)
                        .map(RetryTest::seconds)
                        .toList(),
                IntStream.rangeClosed(1, 11)
                        .mapToObj(tries -> Retry.USUAL.after(REFUSED, tries, Duration.ZERO))
                        .toList());
        assertEquals(seconds(300), Retry.USUAL.after(REFUSED, 100_000, Duration.ZERO));
    }

    @Test
    void eventIsGivenUpAfterAnHourAndAtLeastFiveTries() {
        Duration hour = Duration.ofHours(1);
        assertEquals(seconds(300), Retry.USUAL.after(REFUSED, 15, hour.minusSeconds(300)));
        assertEquals(Optional.empty(), Retry.USUAL.after(REFUSED, 15, hour.minusSeconds(299)));
        assertEquals(seconds(8), Retry.USUAL.after(REFUSED, 4, hour.multipliedBy(1000)));
        assertEquals(Optional.empty(), Retry.USUAL.after(REFUSED, 5, hour.multipliedBy(1000)));
    }

    @Test
    void whatIsWrongWithTheRequestIsNotTriedAgain() {
        assertEquals(
                List.of(408, 425, 429, 500, 502, 503, 504),
                Stream.of(301, 302, 400, 401, 403, 404, 408, 410, 413, 422, 425, 429, 500, 502, 503, 504)
                        .filter(code -> Retry.USUAL
                                .after(new Answer.Status(code), 1, Duration.ZERO)
                                .isPresent())
                        .toList());
    }
}
