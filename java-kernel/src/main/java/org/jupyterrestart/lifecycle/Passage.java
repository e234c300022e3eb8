package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_CRASHED;
import static org.jupyterrestart.event.EventType.APP_CRASH_LOOP;
import static org.jupyterrestart.event.EventType.APP_FAILED;
import static org.jupyterrestart.event.EventType.APP_STOPPED;
import static org.jupyterrestart.event.EventType.APP_STOPPING;
import static org.jupyterrestart.event.EventType.RESTART_RESTORING;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppState.AwaitingStop;
import org.jupyterrestart.lifecycle.AppState.Failed;
import org.jupyterrestart.lifecycle.AppState.Leaving;
import org.jupyterrestart.lifecycle.AppState.Queued;
import org.jupyterrestart.lifecycle.AppState.Reclaiming;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Starting;
import org.jupyterrestart.lifecycle.AppState.Stopped;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.AppState.Verifying;
import org.jupyterrestart.lifecycle.AppState.Waiting;
import org.jupyterrestart.lifecycle.History.LastRestart;
import org.jupyterrestart.lifecycle.RestartPolicy.Verdict;
import org.jupyterrestart.process.ExitStatus;

/** How an app passes from one process to the next: ends are judged, trees emptied, programs started. */
final class Passage {
    /** A process that lives this long without a probe has started. */
    static final Duration SETTLE = Duration.ofMillis(500);

    /** How long one that answers may take to say hello. */
    static final Duration HELLO_LIMIT = Duration.ofSeconds(15);

    /** How long an app whose user ends it may take before it is stopped. */
    static final Duration LEAVE_LIMIT = Duration.ofMinutes(1);

    private final Calendar calendar;
    private final RestartLedger ledger;

    Passage(Calendar calendar, RestartLedger ledger) {
        this.calendar = calendar;
        this.ledger = ledger;
    }

    /** The most that these hooks can take. */
    static Duration hooks(List<Hook> hooks) {
        return hooks.stream().map(Hook::timeout).reduce(Duration.ofSeconds(5), Duration::plus);
    }

    /** A restart of what does not run. */
    Step restart(App app, Reason reason, Now now) {
        return ledger.begin(app, reason, now).then(begun -> spawn(begun, now));
    }

    /** The restart under way has failed, and the app goes on as it was. */
    Step giveUp(App app, Instance instance, String why, Now now) {
        return RestartLedger.failed(app, why, now)
                .then(it -> run(it, instance, now)); // any step of a restart -> Running
    }

    Step stop(App app, Instance instance, Now now) {
        return RestartLedger.wantedDown(app, now).then(it -> end(it, instance, now));
    }

    private static Step end(App app, Instance instance, Now now) {
        return TreeStop.signal(app, instance, 0, Optional.empty(), now)
                .tell(Story.tell(app, APP_STOPPING, "Stopping " + Story.title(app), now));
    }

    /** It is stopped when those that depend on it are down. */
    Step awaitStop(App app, Instance instance, Now now) {
        AwaitingStop waiting = new AwaitingStop(instance, "", Deadline.in(Restarting.LINE_LIMIT, now));
        return RestartLedger.wantedDown(app, now).then(it -> Duties.enter(it, waiting, now)); // any -> AwaitingStop
    }

    Step leave(App app, Instance instance, Now now) {
        return RestartLedger.callOff(app.wanting(DOWN), "its user ends it", now)
                .then(it ->
                        Duties.enter(it, new Leaving(instance, Deadline.in(LEAVE_LIMIT, now)), now)); // any -> Leaving
    }

    Step adopt(App app, AppEvent.Adopt adopt, Now now) {
        Instance instance = new Instance(adopt.identity(), "", now, Optional.of(now));
        return run(greeted(app.wanting(UP), adopt), instance, now) // Stopped, Failed, Waiting -> Running
                .then(it -> Step.of(it).tell(Story.adopted(it, instance, now)));
    }

    static App greeted(App app, AppEvent.Adopt adopt) {
        return app.withHello(adopt.hello());
    }

    /** The same of one that has come in the place of another: what it kept is told at the end of the restart. */
    static App returned(App app, AppEvent.Adopt adopt) {
        return greeted(app, adopt).withRestart(app.restart().map(run -> run.keeping(adopt.kept())));
    }

    /** What is wanted is started again when the service comes back. */
    Step resume(App app, Now now) {
        return app.isWantedUp() && app.spec().autostart() && app.program().isPresent() ? spawn(app, now) : Step.of(app);
    }

    Step spawned(App app, Instance instance, Now now) {
        // Without a probe or a hello to wait for, it is up when it did not end at once.
        boolean isWaitedFor = app.spec().probe().isPresent() || app.life() instanceof Life.InPlace;
        Deadline deadline = Deadline.in(isWaitedFor ? app.spec().startGrace() : SETTLE, now);
        return app.isWantedUp()
                ? Duties.enter(app, new Starting(instance, deadline), now) // Spawning -> Starting
                : end(app, instance, now); // wanted down, or up again with the next service
    }

    Step spawn(App app, Now now) {
        boolean isAfterCrash = app.restart()
                .map(RestartRun::reason)
                .filter(Reason.CRASH::equals)
                .isPresent();
        boolean takesTurns = isAfterCrash || !app.spec().dependsOn().isEmpty();
        return takesTurns && app.program().isPresent()
                ? Duties.enter(app, Queued.until(Deadline.in(app.spec().startGrace(), now)), now) // any -> Queued
                : spawnNow(app, now);
    }

    private Step spawnNow(App app, Now now) {
        return app.program().isEmpty()
                ? cannotStart(app, now)
                : spawning(app, now).tell(Story.starting(app, now));
    }

    /** What was said of the program before, of its terminal say, is not so of the next. */
    static Step spawning(App app, Now now) {
        App next = app.hello().map(Hello::withoutNotes).map(app::withHello).orElse(app);
        return Duties.enter(next, new Spawning(marker(app)), now); // any -> Spawning
    }

    /** What it must do without is told: a failed dependency is no reason to leave an app down for ever. */
    Step turnCome(App app, List<String> without, Now now) {
        Step step = without.isEmpty() ? Step.of(app) : Step.of(app).tell(Story.without(app, without, now));
        return step.then(it -> spawnNow(it, now)); // Queued -> Spawning
    }

    /** It is told once that it waits, and shown for what. */
    Step held(App app, Queued queued, AppEvent.TurnHeld held, Now now) {
        App waiting = app.with(queued.because(held.why()));
        return held.isNews() && queued.why().isEmpty()
                ? Step.of(waiting).tell(Story.waitsForItsTurn(waiting, queued.deadline(), held.why(), now))
                : Step.of(waiting);
    }

    private Step cannotStart(App app, Now now) {
        String why = "the service does not know how to start it. Start it as before, or give it a command in the config"
                + " file";
        return RestartLedger.failed(app, why, now)
                .then(it -> down(it, new Failed("It is not running, and " + why), APP_FAILED, why, now));
    }

    /** The service before this one ended before it could start it. */
    Step notFound(App app, Now now) {
        if (!app.isWantedUp()) {
            return stopped(app, now);
        }
        return app.program().isEmpty() ? cannotStart(app, now) : Step.of(app).act(Duties.onEntry(app, now));
    }

    Step notStarted(App app, String why, Now now) {
        if (!app.isWantedUp()) {
            return stopped(app, now);
        }
        return neverUp(app, why, now).then(it -> byPolicy(remember(it, now), new ExitStatus.Unknown(), why, now));
    }

    /** A start that came to nothing: where it was part of no restart it is told as the crash that it counts as. */
    private Step neverUp(App app, String why, Now now) {
        return app.restart().isPresent()
                ? RestartLedger.failed(app, why, now)
                : Step.of(app)
                        .tell(Story.tell(
                                app, APP_CRASHED, "%s did not start: %s".formatted(Story.title(app), why), now));
    }

    /** One that has said hello before will do so again, and tell what it kept; it answers a moment earlier. */
    Step answers(App app, Instance instance, Now now) {
        boolean isHelloDue = app.life() instanceof Life.InPlace
                && app.hello().isPresent()
                && app.restart().isPresent()
                && instance.ready().isEmpty();
        return isHelloDue
                ? Duties.enter(app, new Starting(instance.readyAt(now), Deadline.in(HELLO_LIMIT, now)), now)
                : up(app, instance, now);
    }

    /** The time to become ready, or to say hello, is over; it lives. */
    Step startedOrNot(App app, Instance instance, Now now) {
        if (app.spec().probe().isEmpty() || instance.ready().isPresent()) {
            return up(app, instance, now);
        }
        String why = "it was not ready within " + Story.words(app.spec().startGrace());
        return neverUp(app, why, now)
                .then(it ->
                        TreeStop.signal(remember(it, now), instance, 0, Optional.of(new ExitStatus.Unknown()), now));
    }

    Step up(App app, Instance instance, Now now) {
        if (app.restart().isEmpty()) {
            return run(app, instance, now).then(it -> Step.of(it).tell(Story.ready(it, now)));
        }
        // Starting -> RestoringWork, Restoring
        return Duties.enter(app, WorkDrain.afterStart(app, instance.readyAt(now), now), now)
                .tell(Story.tell(app, RESTART_RESTORING, Story.title(app) + " is ready", now));
    }

    Step run(App app, Instance instance, Now now) {
        return Duties.enter(calendar.keepPlan(app, now), new Running(instance.readyAt(now)), now); // any -> Running
    }

    Step complete(App app, Instance instance, Now now) {
        RestartRun run = app.restart().orElseThrow();
        App done = app.withRestart(Optional.empty())
                .withHistory(app.history().withCompleted(new LastRestart(now.wall(), run.reason())));
        return run(done, instance, now)
                .then(it -> Step.of(it).tell(Story.completed(it.withRestart(app.restart()), run, now)));
    }

    /** It ended, and nobody had asked it to. */
    Step ended(App app, Instance instance, ExitStatus status, Now now) {
        App counted = remember(app, now);
        boolean isFinished = app.spec().restart().isFinishedBy(status);
        Step told = isFinished ? Step.of(counted) : Step.of(counted).tell(crashed(app, status, now));
        return told.then(it -> leavesNothing(it)
                ? byPolicy(it, status, "it ended with " + status.describe(), now)
                : TreeStop.verify(it, instance, Verifying.UNSIGNALLED, Optional.of(status), now)); // any -> Verifying
    }

    /** It ended by itself in a step of a restart, or of a start, that needs it. */
    Step endedInStep(App app, Instance instance, ExitStatus status, String why, Now now) {
        return RestartLedger.failed(app, "it ended with " + status.describe() + " " + why, now)
                .then(it -> ended(it, instance, status, now));
    }

    /** It ended by itself while a restart was getting ready to end it. */
    Step endedEarly(App app, Instance instance, ExitStatus status, Now now) {
        if (app.program().isEmpty()) {
            return RestartLedger.failed(app, "it ended with " + status.describe(), now)
                    .then(it -> ended(it, instance, status, now));
        }
        return leavesNothing(app)
                ? spawn(app, now)
                : TreeStop.verify(
                        app,
                        instance,
                        Verifying.UNSIGNALLED,
                        Optional.empty(),
                        now); // Preparing, Draining -> Verifying
    }

    /** Its end was asked for, whether it was to be restarted or stopped. */
    Step endedWhileDrained(App app, Instance instance, ExitStatus status, Now now) {
        return app.isWantedUp()
                ? endedEarly(app, instance, status, now)
                : TreeStop.verify(
                        app, instance, Verifying.UNSIGNALLED, Optional.empty(), now); // DrainingWork -> Verifying
    }

    Step left(App app, Instance instance, Now now) {
        return leavesNothing(app)
                ? gone(app, Optional.empty(), now)
                : TreeStop.verify(app, instance, Verifying.UNSIGNALLED, Optional.empty(), now); // Leaving -> Verifying
    }

    /** It was started, but ended while no service looked. */
    Step orphaned(App app, Instance leftBehind, Now now) {
        return RestartLedger.failed(app, "it ended while no service was there to see it", now)
                .then(it -> ended(it, leftBehind, new ExitStatus.Unknown(), now));
    }

    /** It says hello, though it had taken leave. */
    Step stay(App app, Instance instance, Now now) {
        return RestartLedger.callOff(app.wanting(UP), "it goes on by itself", now)
                .then(it -> run(it, instance, now)); // Leaving -> Running
    }

    /** Kernels and terminals outlive the server they belong to; the next one takes them over. */
    private static boolean leavesNothing(App app) {
        return app.life() instanceof Life.InPlace;
    }

    Step endedAsTold(App app, Stopping stopping, Now now) {
        return app.isOutlivedByTree()
                ? gone(app, stopping.failure(), now)
                : TreeStop.verify(
                        app, stopping.instance(), stopping.stage(), stopping.failure(), now); // Stopping -> Verifying
    }

    Step checked(App app, Verifying verifying, AppEvent.TreeChecked checked, Now now) {
        List<String> survivors = checked.survivors();
        if (survivors.isEmpty()) {
            Deadline deadline = Deadline.in(Aftermath.LIMIT, now);
            return checked.isOwing()
                    ? Duties.enter(app, new Reclaiming(verifying.instance(), deadline, verifying.failure()), now)
                    : gone(app, verifying.failure(), now); // Verifying -> Reclaiming, or on
        }
        Verifying seen = new Verifying(
                verifying.instance(), verifying.stage(), verifying.deadline(), verifying.failure(), survivors);
        return Step.of(app.with(seen)).act(List.of(Duties.check(app, verifying.instance(), TreeStop.POLL)));
    }

    /** Of the start that comes next. */
    static String marker(App app) {
        return app.name() + "-" + (app.entry() + 1);
    }

    /** The tree is empty, and nothing of it is waited for. */
    Step gone(App app, Optional<ExitStatus> failure, Now now) {
        if (!app.isWantedUp()) {
            return stopped(app, now);
        }
        return app.restart().isEmpty() && failure.isPresent()
                ? byPolicy(app, failure.get(), "it ended with " + failure.get().describe(), now)
                : spawn(app, now);
    }

    Step stopped(App app, Now now) {
        return app.state() instanceof Stopped
                ? Step.of(app)
                : down(app, new Stopped(), APP_STOPPED, Story.title(app) + " is stopped", now);
    }

    private Step byPolicy(App app, ExitStatus status, String why, Now now) {
        Duration age = app.state().process().map(it -> it.age(now)).orElse(Duration.ZERO);
        return switch (app.spec().restart().verdict(status, app.history().crashes(), age)) {
            case Verdict.Finished _ ->
                down(app.wanting(DOWN), new Stopped(), APP_STOPPED, Story.title(app) + " has finished", now);
            case Verdict.StayDown _ ->
                down(
                        app,
                        new Failed("It is down: %s. Start it when that is put right".formatted(why)),
                        APP_FAILED,
                        why,
                        now);
            case Verdict.RestartAfter _ when app.program().isEmpty() -> cannotStart(app, now);
            case Verdict.RestartAfter it when it.delay().isZero() -> restart(app, Reason.CRASH, now);
            case Verdict.RestartAfter(Duration delay, boolean isSlowLane) -> wait(app, why, delay, isSlowLane, now);
        };
    }

    private Step wait(App app, String why, Duration delay, boolean isSlowLane, Now now) {
        String message = "%s is started again in %s: %s".formatted(Story.title(app), Story.words(delay), why);
        Step waiting = Duties.enter(app, new Waiting(message, Deadline.in(delay, now)), now); // any -> Waiting
        return isSlowLane
                ? waiting.tell(Story.tell(
                        app,
                        APP_CRASH_LOOP,
                        "It crashes again and again. " + message,
                        Map.of("delay_s", delay.toSeconds()),
                        now))
                : waiting;
    }

    private Step down(App app, AppState state, EventType type, String message, Now now) {
        App unplanned = app.withPlanned(Optional.empty());
        return Duties.enter(unplanned, state, now)
                .tell(Story.tell(unplanned, type, message, now)); // any -> Stopped, Failed
    }

    static App remember(App app, Now now) {
        return app.withHistory(app.history()
                .withCrashes(app.spec().restart().remember(app.history().crashes(), now.nanos())));
    }

    private static EventDraft crashed(App app, ExitStatus status, Now now) {
        return Story.tell(
                app,
                APP_CRASHED,
                Story.title(app) + " ended with " + status.describe(),
                Map.of("exit", status.describe()),
                now);
    }
}
