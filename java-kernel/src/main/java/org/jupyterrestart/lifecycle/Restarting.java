package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_HUNG;
import static org.jupyterrestart.event.EventType.RESTART_DRAINING;
import static org.jupyterrestart.event.EventType.RESTART_PREPARING;
import static org.jupyterrestart.event.EventType.RESTART_RESTORING;
import static org.jupyterrestart.event.EventType.RESTART_STOPPING;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jupyterrestart.config.AppSpec.Unsaved;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.lifecycle.AppState.Draining;
import org.jupyterrestart.lifecycle.AppState.InLine;
import org.jupyterrestart.lifecycle.AppState.Preparing;
import org.jupyterrestart.lifecycle.AppState.Replacing;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.process.ExitStatus;

/** How a restart begins, and what it does while the old process still runs. */
final class Restarting {
    /** One of a group that does not end must not keep the others from their restart, or stop, for ever. */
    static final Duration LINE_LIMIT = Duration.ofMinutes(5);

    private final RestartLedger ledger;
    private final Passage passage;
    private final IdleWait idleWait;
    private final WorkDrain workDrain;

    Restarting(RestartLedger ledger, Passage passage, IdleWait idleWait) {
        this.ledger = ledger;
        this.passage = passage;
        this.idleWait = idleWait;
        workDrain = new WorkDrain(ledger, passage);
    }

    /** Nothing where a restart could only end the app. A step with nothing to wait for is told and passed through. */
    Step prepare(App app, Instance instance, Reason reason, Now now) {
        return begin(app, reason, now, it -> runHooks(it, instance, now));
    }

    Step ordered(App app, Instance instance, AppEvent.Restart order, Now now) {
        return begin(app, order.reason(), now, it -> runHooks(hurried(it, order), instance, now));
    }

    /** An order that hurries what is under way. */
    static App hurried(App app, AppEvent.Restart order) {
        return order.isUrgent() ? app.withRestart(app.restart().map(RestartRun::urgent)) : app;
    }

    /** For a restart that is not urgent. */
    Step prepareWhenIdle(App app, Instance instance, Reason reason, Now now) {
        return IdleWait.isOf(app)
                ? begin(app, reason, now, it -> idleWait.begin(it, instance, now))
                : prepare(app, instance, reason, now);
    }

    /** For one of a group: when those that depend on it are down. */
    Step lineUp(App app, Instance instance, AppEvent.Restart order, Now now) {
        InLine inLine = new InLine(instance, "", Deadline.in(LINE_LIMIT, now));
        return begin(
                app, order.reason(), now, it -> Duties.enter(hurried(it, order), inLine, now)); // Running -> InLine
    }

    private Step begin(App app, Reason reason, Now now, Function<App, Step> next) {
        return app.canRestart(reason)
                ? ledger.begin(app, reason, now)
                        .then(it -> Step.of(it)
                                .tell(Story.tell(
                                        it, RESTART_PREPARING, "Preparing the restart of " + Story.title(it), now)))
                        .then(next)
                : Step.of(app);
    }

    Step runHooks(App app, Instance instance, Now now) {
        List<Hook> hooks = app.spec().hooks().before();
        Preparing preparing = new Preparing(instance, Deadline.in(Passage.hooks(hooks), now));
        return hooks.isEmpty()
                ? drain(app, instance, now)
                : Duties.enter(app, preparing, now); // Running, AwaitingIdle, InLine -> Preparing
    }

    Step hung(App app, Instance instance, String why, Now now) {
        return Step.of(app)
                .tell(Story.tell(app, APP_HUNG, "%s hangs: %s".formatted(Story.title(app), why), now))
                .then(it -> prepare(it, instance, Reason.HANG, now));
    }

    Step prepared(App app, Instance instance, AppEvent.HooksDone hooks, Now now) {
        return Story.hooks(app, hooks.failures(), now)
                .then(it -> hooks.obstacle().isPresent()
                        ? RestartLedger.callOff(it, hooks.obstacle().get(), now)
                                .then(back -> passage.run(back, instance, now)) // Preparing -> Running
                        : drain(it, instance, now));
    }

    Step drain(App app, Instance instance, Now now) {
        Duration limit = app.life() instanceof Life.InPlace(Duration saveLimit) ? saveLimit : Passage.SETTLE;
        String what = isReplaced(app) ? " restarts: saving documents" : " is about to be stopped";
        Draining draining = new Draining(instance, Deadline.in(limit, now), false, List.of());
        Step told = Step.of(app).tell(Story.tell(app, RESTART_DRAINING, Story.title(app) + what, now));
        if (isReplaced(app)) {
            return told.then(it -> Duties.enter(it, draining, now)); // Running, Preparing -> Draining
        }
        return told.then(it -> WorkDrain.isOf(it) ? workDrain.begin(it, instance, now) : drained(it, instance, now));
    }

    /** Only an app that is replaced waits for browser tabs: no other has documents in them. */
    Step listed(App app, Draining draining, List<String> tabs, Now now) {
        return waitFor(app, draining, isReplaced(app) ? tabs : List.of(), now);
    }

    Step saved(App app, Draining draining, AppEvent.Drained answer, Now now) {
        App informed = app.withRestart(app.restart().map(run -> run.with(answer.saved(), answer.unsaved())));
        return Step.of(informed)
                .tell(Story.drained(app, answer, now))
                .then(it -> without(it, draining, answer.tab(), now));
    }

    Step without(App app, Draining draining, String tab, Now now) {
        List<String> rest =
                draining.tabs().stream().filter(other -> !other.equals(tab)).toList();
        return draining.isAsked() ? waitFor(app, draining, rest, now) : Step.of(app);
    }

    Step silent(App app, Draining draining, Now now) {
        return Step.of(app)
                .tell(Story.silent(app, draining.tabs(), now))
                .then(it -> drained(it, draining.instance(), now));
    }

    private Step waitFor(App app, Draining draining, List<String> tabs, Now now) {
        return tabs.isEmpty()
                ? drained(app, draining.instance(), now)
                : Step.of(app.with(new Draining(draining.instance(), draining.deadline(), true, tabs)));
    }

    private Step drained(App app, Instance instance, Now now) {
        if (isHeldByDocuments(app)) {
            return RestartLedger.holdForDocuments(app, now)
                    .then(it -> passage.run(it, instance, now)); // Draining -> Running
        }
        if (Takeover.isOpen(app)) {
            return Takeover.begin(app, instance, now);
        }
        if (!isReplaced(app)) {
            return end(app, instance, now);
        }
        Deadline deadline = Deadline.in(app.spec().startGrace(), now);
        return Duties.enter(app, new Replacing(instance, deadline), now) // Draining -> Replacing
                .tell(Story.replacing(app, now));
    }

    private static Step end(App app, Instance instance, Now now) {
        // What hangs heeds no signal but the last; and one that did would end what is to outlive it.
        int stage = app.isOutlivedByTree() ? app.spec().stop().stages().size() - 1 : 0;
        return TreeStop.signal(app, instance, stage, Optional.empty(), now) // Draining, Replacing -> Stopping
                .tell(Story.tell(app, RESTART_STOPPING, "Stopping " + Story.title(app), now));
    }

    /** It ended where a new one was to come in its place. */
    Step endedInstead(App app, Replacing replacing, ExitStatus status, Now now) {
        return isReplaced(app)
                ? passage.endedInStep(app, replacing.instance(), status, "instead of replacing itself", now)
                : passage.endedEarly(app, replacing.instance(), status, now);
    }

    /** Its hello proves that the new one is there; one without the restart's id is still the old one's. */
    Step hello(App app, Replacing replacing, AppEvent.Adopt adopt, Now now) {
        if (!app.restart().map(RestartRun::id).equals(adopt.restartId())) {
            return Step.of(Passage.greeted(app, adopt));
        }
        return back(app, replacing.instance(), adopt, now);
    }

    /** A new server is there, for the restart that is under way. */
    Step back(App app, Instance instance, AppEvent.Adopt adopt, Now now) {
        App informed = Passage.returned(app, adopt);
        Deadline deadline = Deadline.in(Passage.hooks(app.spec().hooks().after()), now);
        Restoring restoring = new Restoring(instance.replacedAt(now), deadline);
        return Duties.enter(informed, restoring, now) // Replacing, Running -> Restoring
                .tell(Story.tell(app, RESTART_RESTORING, Story.title(app) + " is back", now));
    }

    /** It hangs where a new one was to come in its place. */
    Step hungInstead(App app, Instance instance, String why, Now now) {
        return isReplaced(app)
                ? passage.giveUp(app, instance, "it hangs", now).then(it -> hung(it, instance, why, now))
                : Step.of(app);
    }

    Step noHello(App app, Replacing replacing, Now now) {
        if (!isReplaced(app)) {
            // None has taken over from one that hangs: it is ended with its front, and started again.
            return end(app, replacing.instance(), now);
        }
        String why = "no new one said hello within %s; the old process lives on. Look into its log"
                .formatted(Story.words(replacing.deadline().length()));
        return passage.giveUp(app, replacing.instance(), why, now);
    }

    /** One that a limit asks for goes on: memory that runs out would take more than documents along. */
    private static boolean isHeldByDocuments(App app) {
        return app.spec().unsaved() == Unsaved.HOLD
                && app.restart()
                        .filter(run -> !run.unsaved().isEmpty() && !run.reason().isLimit())
                        .isPresent();
    }

    private static boolean isReplaced(App app) {
        return app.restart().filter(run -> app.isReplacedFor(run.reason())).isPresent();
    }
}
