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
        if (!isToBeTold(app, stopping.stage() + 1)) {
            return next;
        }
        // Who lives is looked for, and told by named(); of a server whose kernels live on there is no question.
        return app.isOutlivedByTree()
                ? next.tell(Story.survivors(app, List.of(mainProcess(stopping)), now))
                : next.act(List.of(Duties.check(app, stopping.instance(), Duration.ZERO)));
    }

    /** The main process lives in spite of KILL: what lives of its tree. */
    static Step named(App app, Stopping stopping, AppEvent.TreeChecked checked, Now now) {
        return checked.survivors().isEmpty()
                        || stopping.stage() < app.spec().stop().stages().size()
                ? Step.of(app)
                : Step.of(app).tell(Story.survivors(app, checked.survivors(), now));
    }

    private static String mainProcess(Stopping stopping) {
        return "its main process (pid %d)"
                .formatted(stopping.instance().identity().pid());
    }

    /** After the last signal has had its time, and then ever more seldom: it may take days. */
    private static boolean isToBeTold(App app, int stage) {
        return Integer.bitCount(Math.max(0, stage - app.spec().stop().stages().size() + 1)) == 1;
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
        return isToBeTold(app, stage) ? step.tell(Story.survivors(app, verifying.survivors(), now)) : step;
    }
}
