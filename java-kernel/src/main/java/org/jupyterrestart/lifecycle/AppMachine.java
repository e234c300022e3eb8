package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.lifecycle.App.Wanted.UP_AGAIN;

import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;

/**
 * The life of an app: what each event means in each state. Pure: the same app, event and moment give the same step.
 *
 * <p>Here is what means the same in most states: planned restarts ({@link Calendar}), orders for several apps at once,
 * an edit of the config file ({@link Respecifying}), the start of the next service. What means something else in each
 * state is in {@link LifeTable}.
 */
public final class AppMachine implements Machine {
    private final Calendar calendar;
    private final Passage passage;
    private final IdleWait idleWait;
    private final Restarting restarting;
    private final Respecifying respecifying;
    private final LifeTable life;

    public AppMachine(CronLines cron) {
        calendar = new Calendar(cron);
        RestartLedger ledger = new RestartLedger(calendar);
        passage = new Passage(calendar, ledger);
        idleWait = new IdleWait(calendar, passage);
        restarting = new Restarting(ledger, passage, idleWait);
        respecifying = new Respecifying(calendar, passage);
        life = new LifeTable(ledger, passage, idleWait, restarting);
    }

    @Override
    public Step step(App app, AppEvent event, Now now) {
        return Duties.afterFailure(decide(app, event, now));
    }

    private Step decide(App app, AppEvent event, Now now) {
        return switch (event) {
            case FailureHooksDone it -> Story.hooks(app, it.failures(), now);
            case Tick _ when calendar.isDue(app, now) -> due(app, now);
            case ScheduleEvent it
            when app.state() instanceof AwaitingIdle waiting -> idleWait.rescheduled(app, waiting, it, now);
            case ScheduleEvent it -> calendar.step(app, it, now);
            case RestartInLine(Reason reason, boolean isUrgent) -> inLine(app, new Restart(reason, isUrgent), now);
            case StopInLine _ -> stopInLine(app, now);
            case Stop it when it.isForNow() -> life.step(app, it, now).then(down -> Step.of(down.wanting(UP_AGAIN)));
            case Respecified(AppSpec spec) -> respecifying.step(app, spec, now);
            case Resumed _ -> resumed(app, now);
            case LifeEvent it -> life.step(app, it, now);
        };
    }

    private Step due(App app, Now now) {
        return app.state() instanceof Running running
                ? restarting.prepareWhenIdle(app, running.instance(), Reason.SCHEDULED, now)
                : Step.of(app);
    }

    private Step inLine(App app, Restart order, Now now) {
        return app.state() instanceof Running running
                ? restarting.lineUp(app, running.instance(), order, now)
                : life.step(app, order, now);
    }

    /** Nothing relies any more on one that is on its way up or down. */
    private Step stopInLine(App app, Now now) {
        return switch (app.state()) {
            case Starting it -> passage.awaitStop(app, it.instance(), now);
            case Running it -> passage.awaitStop(app, it.instance(), now);
            case AwaitingIdle it -> passage.awaitStop(app, it.instance(), now);
            case InLine it -> passage.awaitStop(app, it.instance(), now);
            case AwaitingStop _ -> Step.of(app);
            case Stopped _,
                    Failed _,
                    Waiting _,
                    Queued _,
                    Blocked _,
                    Spawning _,
                    Preparing _,
                    Draining _,
                    DrainingWork _,
                    RestoringWork _,
                    Replacing _,
                    Restoring _,
                    Leaving _,
                    Stopping _,
                    Verifying _,
                    Reclaiming _ -> life.step(app, new Stop(), now);
        };
    }

    private Step resumed(App app, Now now) {
        return switch (app.state()) {
            case Stopped _, Failed _ -> passage.resume(app, now);
            case Waiting _, Queued _, Blocked _, Spawning _, Alive _ ->
                Step.of(app).act(Duties.onReturn(app, now));
        };
    }
}
