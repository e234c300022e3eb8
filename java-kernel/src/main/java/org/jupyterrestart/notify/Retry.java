package org.jupyterrestart.notify;

import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.web.WebCall.Answer;

/**
 * When an event is sent again that a webhook did not take. An event that is old already has a few tries as well: its
 * webhook may be back.
 *
 * @param first the pause after a first try; it doubles from try to try
 * @param max the longest pause
 * @param limit the age at which an event is given up
 * @param leastTries that each event has, however old
 */
record Retry(Duration first, Duration max, Duration limit, int leastTries) {
    static final Retry USUAL = new Retry(Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofHours(1), 5);

    private static final int TOO_EARLY = 425;
    private static final int TOO_MANY_REQUESTS = 429;

    /** Answers below 500 that speak of the moment, not of the request. */
    private static final Set<Integer> PASSING =
            Set.of(HttpURLConnection.HTTP_CLIENT_TIMEOUT, TOO_EARLY, TOO_MANY_REQUESTS);

    /** The pause before the next try; empty to give up. */
    Optional<Duration> after(Answer answer, int tries, Duration age) {
        Duration pause = pause(tries);
        boolean isInTime = tries < leastTries || age.plus(pause).compareTo(limit) <= 0;
        return isPassing(answer) && isInTime ? Optional.of(pause) : Optional.empty();
    }

    private static boolean isPassing(Answer answer) {
        return switch (answer) {
            case Answer.None _ -> true;
            case Answer.Status(int code) -> code >= HttpURLConnection.HTTP_INTERNAL_ERROR || PASSING.contains(code);
        };
    }

    private Duration pause(int tries) {
        double millis = first.toMillis() * Math.pow(2, tries - 1.0);
        return Duration.ofMillis((long) Math.min(millis, max.toMillis()));
    }
}
