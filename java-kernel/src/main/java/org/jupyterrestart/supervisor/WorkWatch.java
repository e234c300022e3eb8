package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * What running apps are busy with, asked off the loop thread while someone looks. What was seen for one who looked
 * before, or of a program that has ended, is not told: a queue is another one by then.
 */
final class WorkWatch {
    /** Someone who asked this long ago still looks. */
    private static final Duration INTEREST = Duration.ofSeconds(30);

    /** What is older is asked for anew: a queue may be empty by then. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Supplier<Duration> every;
    private final Map<ProcessIdentity, Work> seen = new HashMap<>();
    private volatile long version;
    private long lastLook;

    /** Done when the round that was asked for last is over. */
    private CompletableFuture<Void> asked = CompletableFuture.completedFuture(null);

    private long lastRound;
    private boolean isAsking;
    private boolean isRunning;
    private Clock.Cancellable next = () -> {};

    WorkWatch(Ports ports, Apps apps, Loop loop, Supplier<Duration> every) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
        this.every = every;
    }

    /** Someone looks: asks, if nobody has done so just now. Done when what is told is of now. */
    CompletableFuture<Void> look() {
        boolean isLookedAt = isRunning && isLookedAt();
        long now = ports.clock().now().nanos();
        lastLook = now;
        if (isAsking || isLookedAt && now - lastRound < FRESH.toNanos()) {
            return asked;
        }
        if (!isLookedAt) {
            seen.clear();
        }
        next.cancel();
        round();
        return asked;
    }

    /** Empty where it is idle, or was not asked. */
    Optional<String> of(App app) {
        return isRunning && isAsked(app)
                ? app.state().process().map(Instance::identity).map(seen::get).flatMap(Work::busyWith)
                : Optional.empty();
    }

    /** Another one after each news. */
    long version() {
        return version;
    }

    private boolean isLookedAt() {
        return ports.clock().now().nanos() - lastLook < INTEREST.toNanos();
    }

    private void round() {
        asked = new CompletableFuture<>();
        seen.keySet().retainAll(apps.processes());
        List<App> subjects = apps.all().stream().filter(WorkWatch::isAsked).toList();
        isRunning = !subjects.isEmpty() && isLookedAt();
        isAsking = isRunning;
        if (isRunning) {
            ports.clock().after(Duration.ZERO, () -> ask(subjects));
        } else {
            asked.complete(null);
        }
    }

    /** On a thread of the clock's; the next round comes when this one is over. */
    private void ask(List<App> subjects) {
        try {
            subjects.forEach(this::ask);
        } finally {
            loop.submit(this::asked);
        }
    }

    private void asked() {
        isAsking = false;
        lastRound = ports.clock().now().nanos();
        asked.complete(null);
        CompletableFuture<Void> before = asked;
        next = ports.clock()
                .after(
                        every.get(),
                        () -> loop.submit(() -> {
                            if (asked == before) { // nobody has asked meanwhile
                                round();
                            }
                        }));
    }

    private void ask(App app) {
        ProcessIdentity identity = app.state().process().orElseThrow().identity();
        Work work = ports.workload().ask(app, Work.Ask.LOOK);
        loop.submit(() -> take(identity, work));
    }

    private void take(ProcessIdentity identity, Work work) {
        if (!work.equals(seen.put(identity, work))) {
            version++;
        }
    }

    /** Kernels are told of by their server, while a restart waits for them. */
    private static boolean isAsked(App app) {
        return app.state() instanceof AppState.Running
                && app.spec().work() != AppSpec.Work.NONE
                && app.spec().work() != AppSpec.Work.KERNELS;
    }
}
