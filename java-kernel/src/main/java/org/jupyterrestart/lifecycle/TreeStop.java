package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.AppState.Verifying;
import org.jupyterrestart.process.ExitStatus;

/** The stop sequence over a process tree: signal after signal, until nothing of it is left. */
final class TreeStop {
    /** How long the rest of a tree may take to notice that its main process is gone. */
    private static final Duration ORPHAN_GRACE = Duration.ofSeconds(1);

    static final Duration POLL = Duration.ofMillis(200);

    private TreeStop() {}

    static Step verify(App app, Instance instance, int stage, Optional<ExitStatus> failure, Now now) {
        Duration grace = stage == Verifying.UNSIGNALLED
                ? ORPHAN_GRACE
                : app.spec().stop().stage(stage).grace();
        Step entered =
                Duties.enter(app, new Verifying(instance, stage, Deadline.in(grace, now), failure, List.of()), now);
        return app.restart().isPresent() ? entered.tell(Story.verifying(app, forcedAfter(app, stage), now)) : entered;
    }

    private static Optional<Duration> forcedAfter(App app, int stage) {
        StopSequence stop = app.spec().stop();
        return stage >= 0 && stop.stage(stage).signal() == StopSequence.KILL
                ? Optional.of(IntStream.range(0, stop.stages().size() - 1)
                        .mapToObj(before -> stop.stage(before).grace())
                        .reduce(Duration.ZERO, Duration::plus))
                : Optional.empty();
    }

    static Step signal(App app, Instance instance, int stage, Optional<ExitStatus> failure, Now now) {
        Duration grace = app.spec().stop().stage(stage).grace();
        return Duties.enter(app, new Stopping(instance, stage, Deadline.in(grace, now), failure), now);
    }

    /** The main process had its time: the next signal. */
    static Step pressOn(App app, Stopping stopping, Now now) {
        Step next = signal(app, stopping.instance(), stopping.stage() + 1, stopping.failure(), now);
        return app.spec().stop().isLast(stopping.stage()) ? next.tell(Story.survivors(app, List.of(), now)) : next;
    }

    /** The rest of the tree had its time: the next signal. */
    static Step press(App app, Verifying verifying, Now now) {
        int stage = verifying.stage() + 1;
        Deadline deadline = Deadline.in(app.spec().stop().stage(stage).grace(), now);
        App pressed = app.enter(
                new Verifying(verifying.instance(), stage, deadline, verifying.failure(), verifying.survivors()), now);
        // The check that was begun on entry goes on by itself.
        Step step = Step.of(pressed)
                .act(List.of(
                        Duties.signal(app, verifying.instance(), stage),
                        new Action.SetTimer(pressed.entry(), deadline.length())));
        return stage >= app.spec().stop().stages().size()
                ? step.tell(Story.survivors(app, verifying.survivors(), now))
                : step;
    }
}
