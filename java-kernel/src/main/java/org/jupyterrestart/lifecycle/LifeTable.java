package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;
import static org.jupyterrestart.lifecycle.Passage.greeted;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * What each event of an app's life means in each state.
 *
 * <p>One method per state. It lists every event, those that change nothing in one line, and has no {@code default}: a
 * new event does not compile until each state answers it. {@link Restarting} has the steps of a restart that the old
 * process lives to see, {@link TreeStop} the signals that end it, {@link Passage} what lies between two processes, {@link
 * Limiting} what limits ask for.
 */
final class LifeTable {
    private final RestartLedger ledger;
    private final Passage passage;
    private final Aftermath aftermath;
    private final IdleWait idleWait;
    private final WorkDrain workDrain;
    private final Restarting restarting;
    private final Limiting limiting;
    private final OwnRestart ownRestart;
    private final Takeover takeover;

    LifeTable(RestartLedger ledger, Passage passage, IdleWait idleWait, Restarting restarting) {
        this.ledger = ledger;
        this.passage = passage;
        this.idleWait = idleWait;
        this.restarting = restarting;
        aftermath = new Aftermath(passage);
        workDrain = new WorkDrain(ledger, passage);
        limiting = new Limiting(restarting);
        ownRestart = new OwnRestart(ledger, passage);
        takeover = new Takeover(ledger, restarting);
    }

    Step step(App app, LifeEvent event, Now now) {
        return switch (event) {
            case LifeEvent it when isStale(app, it) -> Step.of(app);
            case Exited it -> exited(app, it, now);
            case Adopt it
            when Takeover.isOfCrash(app, it) -> takeover.crashed(app, now).then(counted -> live(counted, it, now));
            case LifeEvent it -> live(app, it, now);
        };
    }

    /** Where nothing is left there is nothing to verify. */
    private Step exited(App app, Exited event, Now now) {
        Step step = event.isForRestart() && OwnRestart.isHeeded(app)
                ? ownRestart.ended(app, event.status(), now)
                : live(app, event, now);
        return event.isTreeEmpty() && step.app().state() instanceof Verifying verifying
                ? step.without(Duties.onEntry(step.app(), now))
                        .then(it -> passage.checked(
                                it,
                                verifying,
                                new TreeChecked(event.identity(), List.of()),
                                now)) // Verifying -> on at once
                : step;
    }

    /** Whether the event speaks of a process, a start, a restart or a state that the app has left behind. */
    private static boolean isStale(App app, LifeEvent event) {
        return switch (event) {
            case OfProcess it -> !app.state().isOf(it.identity());
            case OfSpawn it -> !app.state().equals(new Spawning(it.marker()));
            case OfEntry it -> it.entry() != app.entry();
            case OfRestart it -> !app.isIn(it.restartId());
            case Adopt it -> app.state().process().isPresent() && !app.state().isOf(it.identity());
            case Start _, Stop _, Restart _, Leave _, TabGone _ -> false;
        };
    }

    private Step live(App app, LifeEvent event, Now now) {
        return switch (app.state()) {
            case Stopped _, Failed _ -> atRest(app, event, now);
            case Waiting _ -> waiting(app, event, now);
            case Blocked blocked -> blocked(app, blocked, event, now);
            case Queued queued -> queued(app, queued, event, now);
            case Spawning _ -> spawning(app, event, now);
            case Starting starting -> starting(app, starting.instance(), event, now);
            case Running running -> running(app, running.instance(), event, now);
            case AwaitingIdle waiting -> awaitingIdle(app, waiting, event, now);
            case InLine inLine -> inLine(app, inLine, event, now);
            case AwaitingStop waiting -> awaitingStop(app, waiting, event, now);
            case Preparing preparing -> preparing(app, preparing.instance(), event, now);
            case DrainingWork draining -> drainingWork(app, draining, event, now);
            case RestoringWork restoring -> restoringWork(app, restoring, event, now);
            case Draining draining -> draining(app, draining, event, now);
            case Replacing replacing -> replacing(app, replacing, event, now);
            case Restoring restoring -> restoring(app, restoring.instance(), event, now);
            case Leaving leaving -> leaving(app, leaving.instance(), event, now);
            case Stopping stopping -> stopping(app, stopping, event, now);
            case Verifying verifying -> verifying(app, verifying, event, now);
            case Reclaiming reclaiming -> reclaiming(app, reclaiming, event, now);
        };
    }

    private Step atRest(App app, LifeEvent event, Now now) {
        return switch (event) {
            case Start _ -> passage.spawn(app.wanting(UP), now);
            case Restart it -> passage.restart(app.wanting(UP), it.reason(), now);
            case Stop _, Leave _ -> passage.stopped(app.wanting(DOWN), now);
            case Adopt it -> passage.adopt(app, it, now);
            case OfRestart _, OfSpawn _, OfProcess _, OfEntry _, OfTab _ -> Step.of(app);
        };
    }

    private Step waiting(App app, LifeEvent event, Now now) {
        return switch (event) {
            case TimeUp _ -> passage.restart(app, Reason.CRASH, now);
            case Start _, Restart _, Stop _, Leave _, Adopt _ -> atRest(app, event, now);
            case OfRestart _, OfSpawn _, OfProcess _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step blocked(App app, Blocked blocked, LifeEvent event, Now now) {
        return switch (event) {
            case WayChecked it -> aftermath.wayChecked(app, blocked, it.obstacle(), now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now).then(it -> passage.stopped(it, now));
            case Adopt it ->
                RestartLedger.callOff(app, "it was started by hand", now).then(next -> passage.adopt(next, it, now));
            case OfRestart _, OfSpawn _, OfProcess _, OfEntry _, OfTab _ -> Step.of(app);
        };
    }

    private Step queued(App app, Queued queued, LifeEvent event, Now now) {
        return switch (event) {
            case TurnCome it -> passage.turnCome(app, it.without(), now);
            case TurnHeld it -> passage.held(app, queued, it, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now).then(it -> passage.stopped(it, now));
            case Adopt it ->
                RestartLedger.callOff(app, "it was started by other means", now)
                        .then(off -> passage.adopt(off, it, now));
            case TimeUp _ -> Step.of(app.with(queued.impatient()));
            case OfRestart _, OfSpawn _, OfProcess _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step spawning(App app, LifeEvent event, Now now) {
        return switch (event) {
            case Spawned it -> passage.spawned(app, instance(it.marker(), it.identity(), now), now);
            case NotSpawned it -> passage.notStarted(app, it.why(), now);
            case Hindered it -> aftermath.hindered(app, it.obstacle(), now);
            case Orphaned it -> passage.orphaned(app, instance(it.marker(), it.identity(), now), now);
            case NotFound _ -> passage.notFound(app, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now);
            case OfRestart _, OfProcess _, OfEntry _, Adopt _, OfTab _ -> Step.of(app);
        };
    }

    private Step starting(App app, Instance instance, LifeEvent event, Now now) {
        return switch (event) {
            case Ready _ -> passage.answers(app, instance, now);
            case Adopt it -> passage.up(Passage.returned(app, it), instance, now);
            case TimeUp _ -> passage.startedOrNot(app, instance, now);
            case Exited it -> passage.endedInStep(app, instance, it.status(), "before it was ready", now);
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step running(App app, Instance instance, LifeEvent event, Now now) {
        return switch (event) {
            case Restart it -> restarting.ordered(app, instance, it, now);
            case Unhealthy it -> restarting.hung(app, instance, it.why(), now);
            case Measured it -> limiting.measured(app, instance, it, now);
            case Foreseen it -> limiting.foreseen(app, instance, it, now);
            case Freed it -> limiting.freed(app, instance, it, now);
            case Renewed _ -> ownRestart.inPlace(app, instance, now);
            case Exited it -> passage.ended(app, instance, it.status(), now);
            case Adopt it when Takeover.isOfCrash(app, it) -> takeover.completed(app, instance, it, now);
            case Adopt it -> Step.of(greeted(app, it)).tell(Story.saysHello(app, it, now));
            case Stop it -> workDrain.stop(app, instance, it, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, OfRestart _, OfSpawn _, OfEntry _, Ready _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step awaitingIdle(App app, AwaitingIdle waiting, LifeEvent event, Now now) {
        Instance instance = waiting.instance();
        return switch (event) {
            case WorkSeen it
            when it.work().busyWith().isPresent() ->
                idleWait.busy(app, waiting, it.work().busyWith().get(), now);
            case WorkSeen _, TimeUp _ -> restarting.runHooks(app, instance, now);
            case Restart it -> restarting.runHooks(Restarting.hurried(app, it), instance, now);
            case Unhealthy _, Measured _, Renewed _ -> overtaken(app, waiting, event, now);
            case Exited it -> passage.endedEarly(app, instance, it.status(), now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop it -> workDrain.stop(app, instance, it, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, OfRestart _, OfSpawn _, Ready _, Foreseen _, Freed _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    /** What can't wait takes the place of a restart that waits. */
    private Step overtaken(App app, AwaitingIdle waiting, LifeEvent event, Now now) {
        Step other = idleWait.calledOff(app, waiting, "another one can't wait", now)
                .then(it -> running(it, waiting.instance(), event, now));
        return other.app().restart().isPresent() ? other : Step.of(app);
    }

    private Step inLine(App app, InLine inLine, LifeEvent event, Now now) {
        Instance instance = inLine.instance();
        return switch (event) {
            case TurnCome _, TimeUp _ -> restarting.runHooks(app, instance, now);
            case TurnHeld it -> Step.of(app.with(new InLine(instance, it.why(), inLine.deadline())));
            case Exited it -> passage.endedEarly(app, instance, it.status(), now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step awaitingStop(App app, AwaitingStop waiting, LifeEvent event, Now now) {
        Instance instance = waiting.instance();
        return switch (event) {
            case TurnCome _, TimeUp _ -> workDrain.stop(app, instance, new Stop(), now);
            case Stop it -> workDrain.stop(app, instance, it, now);
            case TurnHeld it -> Step.of(app.with(new AwaitingStop(instance, it.why(), waiting.deadline())));
            case Exited _ -> passage.left(app, instance, now);
            case Adopt it -> Step.of(greeted(app, it));
            case Start _ -> passage.run(app.wanting(UP), instance, now); // AwaitingStop -> Running
            case Restart it ->
                passage.run(app.wanting(UP), instance, now).then(up -> restarting.ordered(up, instance, it, now));
            case Leave _ -> passage.leave(app, instance, now);
            case OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step preparing(App app, Instance instance, LifeEvent event, Now now) {
        return switch (event) {
            case HooksDone it -> restarting.prepared(app, instance, it, now);
            case TimeUp _ -> restarting.drain(app, instance, now);
            case Exited it -> passage.endedEarly(app, instance, it.status(), now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step drainingWork(App app, DrainingWork draining, LifeEvent event, Now now) {
        Instance instance = draining.instance();
        return switch (event) {
            case WorkSeen it -> workDrain.seen(app, draining, it.work(), now);
            case TimeUp _ -> workDrain.late(app, draining, now);
            case Restart it -> workDrain.ordered(app, draining, it, now);
            case Exited it -> passage.endedWhileDrained(app, instance, it.status(), now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case Adopt it -> Step.of(greeted(app, it));
            case Start _ -> Step.of(app.wanting(UP));
            case Stop it -> app.isWantedUp() ? workDrain.stop(app, instance, it, now) : Step.of(app);
            case Leave _ -> passage.leave(app, instance, now);
            case OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step restoringWork(App app, RestoringWork restoring, LifeEvent event, Now now) {
        Instance instance = restoring.instance();
        return switch (event) {
            case WorkSeen it -> workDrain.restored(app, restoring, it.work(), now);
            case TimeUp _ -> workDrain.leave(app, restoring, now);
            case Exited it -> passage.endedInStep(app, instance, it.status(), "as soon as it was up", now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step draining(App app, Draining draining, LifeEvent event, Now now) {
        Instance instance = draining.instance();
        return switch (event) {
            case TabsListed it -> restarting.listed(app, draining, it.tabs(), now);
            case Drained it -> restarting.saved(app, draining, it, now);
            case TabGone it -> restarting.without(app, draining, it.tab(), now);
            case TimeUp _ -> restarting.silent(app, draining, now);
            case Exited it -> passage.endedEarly(app, instance, it.status(), now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfSpawn _, Health _, Answer _ -> Step.of(app);
        };
    }

    private Step replacing(App app, Replacing replacing, LifeEvent event, Now now) {
        Instance instance = replacing.instance();
        return switch (event) {
            case Adopt it -> restarting.hello(app, replacing, it, now);
            case NotReplaced it -> passage.giveUp(app, instance, it.why(), now);
            case TimeUp _ -> restarting.noHello(app, replacing, now);
            case Unhealthy it -> restarting.hungInstead(app, instance, it.why(), now);
            case Exited it -> restarting.endedInstead(app, replacing, it.status(), now);
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfSpawn _, Ready _, Renewed _, Answer _, OfTab _ -> Step.of(app);
            case Measured _, Freed _, Foreseen _ -> Step.of(app);
        };
    }

    private Step restoring(App app, Instance instance, LifeEvent event, Now now) {
        return switch (event) {
            case HooksDone it ->
                Story.hooks(app, it.failures(), now).then(told -> passage.complete(told, instance, now));
            case TimeUp _ -> passage.complete(app, instance, now);
            case Exited it -> passage.endedInStep(app, instance, it.status(), "as soon as it was up", now);
            case Adopt it -> Step.of(greeted(app, it));
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _ -> passage.leave(app, instance, now);
            case Start _, Restart _, OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step leaving(App app, Instance instance, LifeEvent event, Now now) {
        return switch (event) {
            case Exited _ -> passage.left(app, instance, now);
            case TimeUp _ -> TreeStop.signal(app, instance, 0, Optional.empty(), now); // Leaving -> Stopping
            case Adopt it -> passage.stay(greeted(app, it), instance, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _ -> passage.stop(app, instance, now);
            case Leave _, OfRestart _, OfSpawn _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step stopping(App app, Stopping stopping, LifeEvent event, Now now) {
        return switch (event) {
            case Exited _ -> passage.endedAsTold(app, stopping, now);
            case TimeUp _ -> TreeStop.pressOn(app, stopping, now);
            case TreeChecked it -> TreeStop.named(app, stopping, it, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now);
            case OfRestart _, OfSpawn _, Adopt _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step verifying(App app, Verifying verifying, LifeEvent event, Now now) {
        return switch (event) {
            case TreeChecked it -> passage.checked(app, verifying, it, now);
            case TimeUp _ -> TreeStop.press(app, verifying, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now);
            case OfRestart _, OfSpawn _, Adopt _, Exited _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private Step reclaiming(App app, Reclaiming reclaiming, LifeEvent event, Now now) {
        return switch (event) {
            case GpusChecked it -> aftermath.reclaimed(app, reclaiming, it.reclaimed(), now);
            case TimeUp _ -> aftermath.unmeasured(app, reclaiming, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart it -> ledger.join(app, it.reason(), now);
            case Stop _, Leave _ -> RestartLedger.wantedDown(app, now);
            case OfRestart _, OfSpawn _, Adopt _, Exited _, Health _, Answer _, OfTab _ -> Step.of(app);
        };
    }

    private static Instance instance(String marker, ProcessIdentity identity, Now now) {
        return new Instance(identity, marker, now, Optional.empty());
    }
}
