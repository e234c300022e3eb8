package org.jupyterrestart.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.ProbeSpec.Check;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.simulation.VirtualClock;
import org.jupyterrestart.supervisor.Prober.Listener;
import org.jupyterrestart.supervisor.Prober.Subject;
import org.jupyterrestart.supervisor.SystemClock;

@Timeout(60)
class TimedProberTest {
    private static final ProbeSpec SPEC =
            new ProbeSpec(new Check.Http("http://127.0.0.1:8188/"), Duration.ofSeconds(15), Duration.ofSeconds(5), 4);

    private final VirtualClock clock = new VirtualClock();
    private final List<String> story = new ArrayList<>();
    private Optional<String> problem = Optional.empty();
    private Duration taken = Duration.ZERO;
    private final TimedProber prober = new TimedProber(clock, this::check, () -> 0.5);

    private static Subject subject(int pid, boolean isReady) {
        return new Subject(
                "comfyui",
                new ProcessIdentity("boot", pid, 1),
                "",
                Optional.empty(),
                Path.of("/output"),
                SPEC,
                isReady);
    }

    private ProbeCheck check(Subject subject) {
        return () -> {
            tell("asked " + subject.identity().pid());
            clock.advance(taken, () -> {});
            return problem;
        };
    }

    private Listener listener() {
        return new Listener() {
            @Override
            public void ready() {
                tell("ready");
            }

            @Override
            public void unhealthy(String why) {
                tell("unhealthy: " + why);
            }

            @Override
            public void renewed() {
                tell("renewed");
            }
        };
    }

    private void tell(String what) {
        story.add("%.1f %s".formatted(clock.now().nanos() / 1e9, what));
    }

    private List<String> after(double seconds) {
        clock.advance(Duration.ofMillis((long) (seconds * 1000)), () -> {});
        List<String> told = List.copyOf(story);
        story.clear();
        return told;
    }

    @Test
    void appThatStartsIsAskedOftenAndReadyWithItsFirstGoodAnswer() {
        problem = Optional.of("refused");
        prober.start(subject(7, false), listener());
        assertEquals(
                List.of("0.0 asked 7", "0.1 asked 7", "0.3 asked 7", "0.5 asked 7", "0.8 asked 7", "1.3 asked 7"),
                after(2));
        after(58);
        problem = Optional.empty();
        List<String> told = after(1);
        assertEquals(
                List.of("asked 7", "ready"),
                told.stream().map(line -> line.replaceFirst("\\S+ ", "")).toList());
        assertEquals(List.of(), after(13));
    }

    @Test
    void appThatWasReadyIsFirstAskedSomewhereInItsInterval() {
        prober.start(subject(7, true), listener());
        assertEquals(List.of("7.5 asked 7", "22.5 asked 7"), after(30));
    }

    @Test
    void fourBadAnswersInARowAreToldAndToldAgainAfterFourMore() {
        prober.start(subject(7, true), listener());
        after(30);
        problem = Optional.of("answers 500");
        assertEquals(
                List.of(
                        "37.5 asked 7",
                        "52.5 asked 7",
                        "67.5 asked 7",
                        "82.5 asked 7",
                        "82.5 unhealthy: answers 500",
                        "97.5 asked 7"),
                after(75));
        assertEquals("142.5 unhealthy: answers 500", after(45).getLast());
        problem = Optional.empty();
        assertEquals(List.of("157.5 asked 7", "157.5 ready"), after(15));
    }

    @Test
    void slowAnswersDoNotStretchTheInterval() {
        taken = Duration.ofSeconds(5);
        prober.start(subject(7, true), listener());
        assertEquals(List.of("7.5 asked 7", "22.5 asked 7", "37.5 asked 7"), after(40));
    }

    @Test
    void sameProcessGoesOnBeingAskedWithoutABreak() {
        prober.start(subject(7, false), listener());
        assertEquals(List.of("0.0 asked 7", "0.0 ready"), after(10));
        prober.start(subject(7, true), listener());
        problem = Optional.of("answers 500");
        assertEquals("60.0 unhealthy: answers 500", after(50).getLast());
    }

    @Test
    void appThatSaysHelloBeforeItAnswersIsReadyToFail() {
        problem = Optional.of("refused");
        prober.start(subject(7, false), listener());
        after(10);
        prober.start(subject(7, true), listener());
        assertEquals(
                "unhealthy: refused",
                after(60).stream()
                        .map(line -> line.replaceFirst("\\S+ ", ""))
                        .filter(line -> line.startsWith("unhealthy"))
                        .findFirst()
                        .orElseThrow());
    }

    @Test
    void nextProcessIsAskedInPlaceOfTheLast() {
        prober.start(subject(7, true), listener());
        prober.start(subject(8, false), listener());
        assertEquals(List.of("0.0 asked 8", "0.0 ready", "15.0 asked 8"), after(20));
        prober.stop("comfyui");
        assertEquals(List.of(), after(100));
    }

    @Test
    void checkThatThrowsIsABadAnswer() {
        TimedProber failing = new TimedProber(clock, _ -> () -> failure(), () -> 0);
        failing.start(subject(7, true), listener());
        assertEquals(
                List.of("45.0 unhealthy: it could not be checked: java.lang.IllegalStateException: broken"), after(50));
    }

    private static Optional<String> failure() {
        throw new IllegalStateException("broken");
    }

    /** With real threads: the checks of one app, whatever its processes, never overlap. */
    @Test
    void appIsNeverAskedTwoThingsAtOnce() throws InterruptedException {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch enough = new CountDownLatch(200);
        ProbeCheck busy = () -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Thread.yield();
            enough.countDown();
            now.decrementAndGet();
            return Optional.of("not yet");
        };
        TimedProber real = new TimedProber(new SystemClock(), _ -> busy, () -> 0);
        IntStream.rangeClosed(1, 200).forEach(pid -> real.start(subject(pid, false), listener()));
        // Some were replaced before their first check: the last one goes on.
        ProbeSpec quick = new ProbeSpec(SPEC.check(), Duration.ofMillis(1), SPEC.timeout(), 1000);
        Subject last = new Subject(
                "comfyui", new ProcessIdentity("boot", 1, 2), "", Optional.empty(), Path.of("/output"), quick, false);
        real.start(last, listener());
        enough.await();
        real.stop("comfyui");
        assertEquals(1, most.get());
    }
}
