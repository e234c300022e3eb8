package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jupyterrestart.lifecycle.Now;

/** When apps want to be asked, by the wall clock: one timer for all of them. On the loop thread alone. */
final class Alarms {
    /** Wall clocks jump: they are looked at this often at least. */
    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

    private final Clock clock;
    private final Loop loop;
    private final Runnable look;
    private final Consumer<String> ring;
    private final Map<String, Instant> times = new HashMap<>();
    private Clock.Cancellable timer = () -> {};
    private Optional<Instant> timerEnd = Optional.empty();

    /**
     * @param look is called before each look at the clock, and may set times anew
     * @param ring is told the name of an app whose time has come; it is to set the next one
     */
    Alarms(Clock clock, Loop loop, Runnable look, Consumer<String> ring) {
        this.clock = clock;
        this.loop = loop;
        this.look = look;
        this.ring = ring;
    }

    /** In the place of the app's last one. */
    void set(String app, Optional<Instant> time) {
        if (time.isEmpty()) {
            times.remove(app);
            return;
        }
        times.put(app, time.get());
        if (timerEnd.isEmpty() || time.get().isBefore(timerEnd.get())) {
            sleep();
        }
    }

    /** Until the first of them, or for a minute. */
    private void sleep() {
        timer.cancel();
        Now now = clock.now();
        timerEnd = times.values().stream().min(Instant::compareTo).map(first -> {
            Instant longest = now.wall().plus(LONGEST_SLEEP);
            return first.isBefore(longest) ? first : longest;
        });
        timerEnd.ifPresent(end -> {
            Duration left = Duration.between(now.wall(), end);
            timer = clock.after(left.isNegative() ? Duration.ZERO : left, () -> loop.submit(this::wake));
        });
    }

    private void wake() {
        look.run();
        Instant now = clock.now().wall();
        List<String> due = times.entrySet().stream()
                .filter(entry -> !entry.getValue().isAfter(now))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        due.forEach(times::remove);
        due.forEach(ring);
        sleep();
    }
}
