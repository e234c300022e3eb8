package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.lifecycle.RestartPolicy.On;
import org.jupyterrestart.lifecycle.RestartPolicy.Verdict;
import org.jupyterrestart.process.ExitStatus;

class RestartPolicyTest {
    private static final long SECOND = 1_000_000_000;

    private static RestartPolicy policy(On on) {
        return new RestartPolicy(
                on,
                Duration.ofSeconds(1),
                2,
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                5,
                Duration.ofMinutes(5),
                Duration.ofMinutes(30));
    }

    private static Verdict after(long seconds) {
        return new Verdict.RestartAfter(Duration.ofSeconds(seconds), false);
    }

    static Stream<Arguments> ends() {
        return Stream.of(
                arguments(On.FAILURE, new ExitStatus.Code(0), new Verdict.Finished()),
                arguments(On.FAILURE, new ExitStatus.Code(3), after(1)),
                arguments(On.FAILURE, new ExitStatus.Signal(9), after(1)),
                arguments(On.FAILURE, new ExitStatus.Unknown(), after(1)),
                arguments(On.ALWAYS, new ExitStatus.Code(0), after(1)),
                arguments(On.NEVER, new ExitStatus.Code(0), new Verdict.Finished()),
                arguments(On.NEVER, new ExitStatus.Code(3), new Verdict.StayDown()));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void verdictFollowsTheWishAndTheEnd(On on, ExitStatus status, Verdict expected) {
        assertEquals(expected, policy(on).verdict(status, List.of(0L), Duration.ZERO));
    }

    @ParameterizedTest
    @CsvSource({"0, 1000", "400, 600", "1000, 0", "86400000, 0"})
    void backoffCountsFromTheStartBefore(long ageMs, long delayMs) {
        assertEquals(
                new Verdict.RestartAfter(Duration.ofMillis(delayMs), false),
                policy(On.FAILURE).verdict(new ExitStatus.Code(1), List.of(0L), Duration.ofMillis(ageMs)));
    }

    @Test
    void slowLaneIsAsLongHoweverLongEachRan() {
        assertEquals(
                new Verdict.RestartAfter(Duration.ofMinutes(30), true),
                policy(On.FAILURE).verdict(new ExitStatus.Code(1), List.of(0L, 1L, 2L, 3L, 4L), Duration.ofHours(1)));
    }

    @Test
    void delayGrowsToItsBoundAndStartsAnewAfterAQuietTime() {
        // 100 s apart: never five within five minutes.
        assertEquals(
                List.of(after(1), after(2), after(4), after(8), after(10), after(10), after(1)),
                verdicts(0, 100, 200, 300, 400, 500, 1_200));
    }

    @Test
    void fiveCrashesInFiveMinutesLeadIntoTheSlowLaneUntilThatIsOver() {
        assertEquals(
                List.of(
                        after(1),
                        after(2),
                        after(4),
                        after(8),
                        new Verdict.RestartAfter(Duration.ofMinutes(30), true),
                        after(1)),
                verdicts(0, 10, 20, 30, 40, 2_000));
    }

    @Test
    void crashesOfAnotherBootAreForgotten() {
        assertEquals(List.of(5L), policy(On.FAILURE).remember(List.of(1_000 * SECOND), 5));
    }

    @Test
    void memoryStaysSmallAndNeverGivesUp() {
        Seeds.forAll(300, random -> {
            RestartPolicy policy = policy(On.values()[random.nextInt(2)]);
            List<Long> crashes = List.of();
            long now = 0;
            for (int i = 0; i < 200; i++) {
                now += random.nextLong(20 * SECOND);
                crashes = policy.remember(crashes, now);
                Verdict verdict = policy.verdict(new ExitStatus.Signal(11), crashes, Duration.ZERO);
                assertEquals(Verdict.RestartAfter.class, verdict.getClass());
                assertEquals(true, crashes.size() <= 65, "remembers " + crashes.size());
            }
        });
    }

    /** The definition, told once more in other words. */
    @Test
    void whateverThePolicyDelaysGrowToTheirBoundAndBeginAnewOrAreTheSlowLanes() {
        Seeds.forAll(1_000, random -> {
            RestartPolicy policy = anyPolicy(random);
            List<Long> crashes = new ArrayList<>();
            List<Long> remembered = List.of();
            Duration before = Duration.ZERO;
            for (int i = 0; i < 60; i++) {
                long pause = 1 + random.nextLong(2 * policy.reset().toNanos()) / (1 + random.nextInt(30));
                long now = crashes.isEmpty() ? SECOND : crashes.getLast() + pause;
                crashes.add(now);
                remembered = policy.remember(remembered, now);
                Verdict verdict = policy.verdict(new ExitStatus.Code(1), remembered, Duration.ZERO);

                long recent = crashes.stream()
                        .filter(crash -> now - crash <= policy.within().toNanos())
                        .count();
                boolean isAnew = crashes.size() == 1 || pause >= policy.reset().toNanos();
                before = isAnew ? least(policy.backoff(), policy.max()) : before;
                if (recent >= policy.limit()) {
                    assertEquals(new Verdict.RestartAfter(policy.slowLane(), true), verdict);
                    continue;
                }
                Duration delay =
                        assertInstanceOf(Verdict.RestartAfter.class, verdict).delay();
                Duration least = before;
                Duration most = isAnew ? before : policy.max();
                assertTrue(
                        delay.compareTo(least) >= 0 && delay.compareTo(most) <= 0,
                        () -> "%s is not between %s and %s".formatted(delay, least, most));
                before = delay;
            }
        });
    }

    private static RestartPolicy anyPolicy(RandomGenerator random) {
        return new RestartPolicy(
                On.values()[random.nextInt(2)],
                Duration.ofMillis(100 + random.nextInt(10_000)),
                1 + random.nextInt(40) / 10.0,
                Duration.ofSeconds(1 + random.nextInt(600)),
                Duration.ofSeconds(1 + random.nextInt(3_600)),
                1 + random.nextInt(20),
                Duration.ofSeconds(1 + random.nextInt(3_600)),
                Duration.ofSeconds(1 + random.nextInt(3_600)));
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static List<Verdict> verdicts(long... seconds) {
        RestartPolicy policy = policy(On.FAILURE);
        List<Verdict> verdicts = new ArrayList<>();
        List<Long> crashes = List.of();
        for (long at : LongStream.of(seconds).map(s -> s * SECOND).toArray()) {
            crashes = policy.remember(crashes, at);
            verdicts.add(policy.verdict(new ExitStatus.Code(1), crashes, Duration.ZERO));
        }
        return verdicts;
    }
}
