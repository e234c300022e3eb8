package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_STOPPING;
import static org.jupyterrestart.event.EventType.RESTART_STOPPING;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.Action.AskWork;
import org.jupyterrestart.lifecycle.AppState.DrainingWork;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.lifecycle.AppState.RestoringWork;
import org.jupyterrestart.lifecycle.Work.Ask;

/** An app's own work around its end: held and drained before, taken up again after. */
final class WorkDrain {
    /** An interrupt is heeded at the work's next step, and one step of a large model takes its time. */
    private static final Duration INTERRUPT_LIMIT = Duration.ofSeconds(30);

    private static final Duration RESTORE_LIMIT = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(250);

    private final RestartLedger ledger;
    private final Passage passage;

    WorkDrain(RestartLedger ledger, Passage passage) {
        this.ledger = ledger;
        this.passage = passage;
    }

    /** What hangs is not drained: drained, the work that hung it would pass for well, and hang the next one. */
    static boolean isOf(App app) {
        boolean hangs = app.restart().filter(run -> run.reason() == Reason.HANG).isPresent();
        return app.spec().work() == AppSpec.Work.PROMPTS && !hangs;
    }

    Step begin(App app, Instance instance, Now now) {
        boolean isUrgent = app.restart().filter(RestartRun::isUrgent).isPresent();
        return isUrgent || !app.spec().drainLimit().isPositive()
                ? enter(app, instance, Ask.INTERRUPT, INTERRUPT_LIMIT, now)
                : enter(app, instance, Ask.DRAIN, app.spec().drainLimit(), now);
    }

    /** For a stop, too: a process that ends while it writes leaves a torn file behind. */
    Step stop(App app, Instance instance, AppEvent.Stop stop, Now now) {
        if (!isOf(app)) {
            return passage.stop(app, instance, now);
        }
        Ask ask = stop.isForNow() ? Ask.INTERRUPT : Ask.PARK;
        return RestartLedger.wantedDown(app, now)
                .then(it -> Step.of(it).tell(Story.tell(it, APP_STOPPING, "Stopping " + Story.title(it), now)))
                .then(it -> enter(it, instance, ask, INTERRUPT_LIMIT, now));
    }

    Step seen(App app, DrainingWork draining, Work work, Now now) {
        return work.busyWith().isPresent()
                ? Step.of(app).act(List.of(new AskWork(app.entry(), draining.ask(), POLL)))
                : drained(keeping(app, work), draining.instance(), now);
    }

    /** Its time is over: first the work is interrupted, then the app is stopped as it is. */
    Step late(App app, DrainingWork draining, Now now) {
        return draining.ask() == Ask.DRAIN ? interrupt(app, draining, now) : drained(app, draining.instance(), now);
    }

    Step ordered(App app, DrainingWork draining, AppEvent.Restart order, Now now) {
        boolean isHurried = order.isUrgent() && draining.ask() == Ask.DRAIN;
        return ledger.join(app, order.reason(), now).then(it -> isHurried ? interrupt(it, draining, now) : Step.of(it));
    }

    private Step interrupt(App app, DrainingWork draining, Now now) {
        return enter(app, draining.instance(), Ask.INTERRUPT, INTERRUPT_LIMIT, now);
    }

    private Step enter(App app, Instance instance, Ask ask, Duration limit, Now now) {
        // Running, AwaitingIdle, Preparing, DrainingWork -> DrainingWork
        return Duties.enter(app, new DrainingWork(instance, Deadline.in(limit, now), ask), now);
    }

    private Step drained(App app, Instance instance, Now now) {
        Step signalled = TreeStop.signal(app, instance, 0, Optional.empty(), now); // DrainingWork -> Stopping
        return app.restart().isPresent()
                ? signalled.tell(Story.tell(app, RESTART_STOPPING, "Stopping " + Story.title(app), now))
                : signalled;
    }

    /** What follows a start that is part of a restart: work comes before the hooks, which may rely on it. */
    static AppState afterStart(App app, Instance ready, Now now) {
        return app.spec().work() == AppSpec.Work.PROMPTS
                ? new RestoringWork(ready, Deadline.in(RESTORE_LIMIT, now))
                : hooks(app, ready, now);
    }

    Step restored(App app, RestoringWork restoring, Work work, Now now) {
        return work.busyWith().isPresent()
                ? Step.of(app).act(List.of(new AskWork(app.entry(), Ask.RESTORE, POLL)))
                : leave(keeping(app, work), restoring, now);
    }

    Step leave(App app, RestoringWork restoring, Now now) {
        return Duties.enter(app, hooks(app, restoring.instance(), now), now); // RestoringWork -> Restoring
    }

    private static Restoring hooks(App app, Instance instance, Now now) {
        return new Restoring(
                instance, Deadline.in(Passage.hooks(app.spec().hooks().after()), now));
    }

    private static App keeping(App app, Work work) {
        return work.kept().isEmpty() ? app : app.withRestart(app.restart().map(run -> run.keeping(work.kept())));
    }
}
