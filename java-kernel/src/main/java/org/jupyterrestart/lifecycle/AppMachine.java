package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_ADOPTED;
import static org.jupyterrestart.event.EventType.APP_HUNG;
import static org.jupyterrestart.event.EventType.APP_STOPPING;
import static org.jupyterrestart.event.EventType.LIMIT_REACHED;
import static org.jupyterrestart.event.EventType.RESTART_DRAINING;
import static org.jupyterrestart.event.EventType.RESTART_PREPARING;
import static org.jupyterrestart.event.EventType.RESTART_RESTORING;
import static org.jupyterrestart.event.EventType.RESTART_STOPPING;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ExitStatus;

/**
 * The life of an app: what each event means in each state. Pure: the same app, event and moment give the same step.
 *
 * <p>One method per state; it lists every event, the ignored ones in one line, and there is no {@code default}: a new
 * event does not compile until each state answers it. What happens between two processes is {@link Passage}'s.
 */
public final class AppMachine implements Machine {
    private final Calendar calendar;
    private final Passage passage;

    public AppMachine(CronLines cron) {
        calendar = new Calendar(cron);
        passage = new Passage(calendar);
    }

    @Override
    public Step step(App app, AppEvent event, Now now) {
        return switch (event) {
            case Tick _ when calendar.isDue(app, now) -> live(app, new Restart(Reason.SCHEDULED), now);
            case ScheduleEvent it -> calendar.step(app, it, now);
            case LifeEvent it -> isStale(app, it) ? Step.of(app) : live(app, it, now);
        };
    }

    private static boolean isStale(App app, LifeEvent event) {
        return switch (event) {
            case OfProcess fact -> !app.state().isOf(fact.identity());
            case OfSpawn fact -> !app.state().equals(new Spawning(fact.marker()));
            case OfEntry fact -> fact.entry() != app.entry();
            case OfRestart answer ->
                app.restart().filter(run -> run.id().equals(answer.restartId())).isEmpty();
            case Adopt adopt -> app.state().process().isPresent() && !app.state().isOf(adopt.identity());
            case Start _, Stop _, Restart _, Leave _, Resumed _, TabGone _ -> false;
        };
    }

    private Step live(App app, LifeEvent event, Now now) {
        return switch (app.state()) {
            case Stopped _, Failed _ -> atRest(app, event, now);
            case Waiting _ -> waiting(app, event, now);
            case Spawning spawning -> spawning(app, spawning, event, now);
            case Starting starting -> starting(app, starting, event, now);
            case Running running -> running(app, running, event, now);
            case Preparing preparing -> preparing(app, preparing, event, now);
            case Draining draining -> draining(app, draining, event, now);
            case Replacing replacing -> replacing(app, replacing, event, now);
            case Restoring restoring -> restoring(app, restoring, event, now);
            case Leaving leaving -> leaving(app, leaving, event, now);
            case Stopping stopping -> stopping(app, stopping, event, now);
            case Verifying verifying -> verifying(app, verifying, event, now);
        };
    }

    private Step atRest(App app, LifeEvent event, Now now) {
        return switch (event) {
            case Start _ -> passage.spawn(app.wanting(UP), now);
            case Restart(Reason reason) -> passage.begin(app.wanting(UP), reason, now).then(begun -> passage.spawn(begun, now));
            case Stop _, Leave _ -> passage.stopped(app.wanting(DOWN), now);
            case Adopt adopt -> adopted(app, adopt, now);
            case Resumed _ -> app.isWantedUp() && app.spec().autostart() && app.program().isPresent()
                    ? passage.spawn(app, now)
                    : Step.of(app);
            case OfRestart _, OfSpawn _, OfProcess _, OfEntry _, TabGone _ -> Step.of(app);
        };
    }

    private Step waiting(App app, LifeEvent event, Now now) {
        return switch (event) {
            case TimeUp _ -> passage.begin(app, Reason.CRASH, now).then(begun -> passage.spawn(begun, now));
            case Start _, Restart _, Stop _, Leave _, Adopt _ -> atRest(app, event, now);
            case Resumed _ -> returned(app, now);
            case OfRestart _, OfSpawn _, OfProcess _, TabsListed _, HooksDone _, TabGone _ -> Step.of(app);
        };
    }

    private Step spawning(App app, Spawning spawning, LifeEvent event, Now now) {
        return switch (event) {
            case Spawned(String marker, var identity) -> {
                Instance instance = new Instance(identity, marker, Optional.empty());
                yield app.isWantedUp()
                        ? passage.enter(app, new Starting(instance, Deadline.in(startLimit(app), now)), now) // Spawning -> Starting
                        : stop(app, instance, now);
            }
            case NotSpawned(_, String why) -> passage.notStarted(app, why, now);
            case Orphaned(String marker, var identity) -> passage.orphaned(app, new Instance(identity, marker, Optional.empty()), now);
            case NotFound _ -> app.isWantedUp() ? Step.of(app).act(Duties.onEntry(app, now)) : passage.stopped(app, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart(Reason reason) -> passage.join(app, reason, now);
            case Stop _, Leave _ -> passage.callOff(app.wanting(DOWN), "it is stopped", now);
            case Resumed _ -> returned(app, now);
            case OfRestart _, OfProcess _, OfEntry _, Adopt _, TabGone _ -> Step.of(app);
        };
    }

    private Step starting(App app, Starting starting, LifeEvent event, Now now) {
        return switch (event) {
            case Ready _ -> passage.up(app, starting.instance(), now);
            case Adopt adopt -> passage.up(greeted(app, adopt), starting.instance(), now);
            case TimeUp _ -> app.spec().probe().isPresent()
                    ? passage.notReady(app, starting.instance(), now)
                    : passage.up(app, starting.instance(), now);
            case Exited(_, ExitStatus status) ->
                passage.failed(app, "it ended with " + status.describe(), now)
                        .then(failed -> passage.ended(failed, starting.instance(), status, now));
            case Start _ -> Step.of(app);
            case Restart(Reason reason) -> passage.join(app, reason, now);
            case Stop _ -> stop(app, starting.instance(), now);
            case Leave _ -> leave(app, starting.instance(), now);
            case Resumed _ -> returned(app, now);
            case OfRestart _, OfSpawn _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, HooksDone _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step running(App app, Running running, LifeEvent event, Now now) {
        return switch (event) {
            case Restart(Reason reason) -> app.canRestart(reason) ? prepare(app, running.instance(), reason, now) : Step.of(app);
            case Unhealthy(_, String why) -> hung(app, running.instance(), why, now);
            case Measured(_, long bytes) -> measured(app, running.instance(), bytes, now);
            case Exited(_, ExitStatus status) -> passage.ended(app, running.instance(), status, now);
            case Adopt adopt -> Step.of(greeted(app, adopt)).tell(Story.tell(app, APP_ADOPTED, Story.title(app) + " says hello", now));
            case Stop _ -> stop(app, running.instance(), now);
            case Leave _ -> leave(app, running.instance(), now);
            case Resumed _ -> returned(app, now);
            case Start _, OfRestart _, OfSpawn _, OfEntry _, Ready _, TreeChecked _, TabGone _ -> Step.of(app);
        };
    }

    private Step preparing(App app, Preparing preparing, LifeEvent event, Now now) {
        return switch (event) {
            case HooksDone done -> Story.hooks(app, done, now)
                    .then(it -> done.obstacle().isPresent()
                            ? passage.callOff(it, done.obstacle().get(), now).then(back -> passage.run(back, preparing.instance(), now))
                            : drain(it, preparing.instance(), now));
            case TimeUp _ -> drain(app, preparing.instance(), now);
            case Exited(_, ExitStatus status) -> passage.endedEarly(app, preparing.instance(), status, now);
            case NotReplaced(_, String why) -> passage.failed(app, why, now).then(back -> passage.run(back, preparing.instance(), now));
            case Adopt adopt -> Step.of(greeted(app, adopt));
            case Stop _ -> stop(app, preparing.instance(), now);
            case Leave _ -> leave(app, preparing.instance(), now);
            case Resumed _ -> returned(app, now);
            case Start _, Restart _, OfSpawn _, Drained _, Ready _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step draining(App app, Draining draining, LifeEvent event, Now now) {
        return switch (event) {
            case TabsListed(_, List<String> tabs) -> drainedBy(app, draining, isReplaced(app) ? tabs : List.of(), now);
            case Drained answer -> {
                App informed = app.withRestart(app.restart().map(run -> run.with(answer.saved(), answer.unsaved())));
                yield Step.of(informed)
                        .tell(Story.drained(app, answer, now))
                        .then(it -> without(it, draining, answer.tab(), now));
            }
            case TabGone(String tab) -> without(app, draining, tab, now);
            case TimeUp _ -> Step.of(app)
                    .tell(Story.silent(app, draining.tabs(), now))
                    .then(it -> drained(it, draining.instance(), now));
            case Exited(_, ExitStatus status) -> passage.endedEarly(app, draining.instance(), status, now);
            case NotReplaced(_, String why) -> passage.failed(app, why, now).then(back -> passage.run(back, draining.instance(), now));
            case Adopt adopt -> Step.of(greeted(app, adopt));
            case Stop _ -> stop(app, draining.instance(), now);
            case Leave _ -> leave(app, draining.instance(), now);
            case Resumed _ -> returned(app, now);
            case Start _, Restart _, OfSpawn _, Ready _, Unhealthy _, Measured _, TreeChecked _, HooksDone _ -> Step.of(app);
        };
    }

    private Step replacing(App app, Replacing replacing, LifeEvent event, Now now) {
        return switch (event) {
            case Adopt adopt -> app.restart().map(RestartRun::id).equals(adopt.restartId())
                    ? restore(
                            greeted(app, adopt).withRestart(app.restart().map(run -> run.keeping(adopt.kept()))),
                            replacing.instance(),
                            now)
                    : Step.of(greeted(app, adopt)); // The old one, which has not heard yet.
            case NotReplaced(_, String why) -> passage.failed(app, why, now).then(back -> passage.run(back, replacing.instance(), now));
            case TimeUp _ -> passage.failed(
                            app,
                            "no new server said hello within %s; the process lives on. Look into its log"
                                    .formatted(Story.words(replacing.deadline().length())),
                            now)
                    .then(back -> passage.run(back, replacing.instance(), now));
            case Exited(_, ExitStatus status) ->
                passage.failed(app, "it ended with %s instead of replacing itself".formatted(status.describe()), now)
                        .then(failed -> passage.ended(failed, replacing.instance(), status, now));
            case Stop _ -> stop(app, replacing.instance(), now);
            case Leave _ -> leave(app, replacing.instance(), now);
            case Resumed _ -> returned(app, now);
            case Start _, Restart _, Drained _, OfSpawn _, Ready _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, HooksDone _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step restoring(App app, Restoring restoring, LifeEvent event, Now now) {
        return switch (event) {
            case HooksDone done -> Story.hooks(app, done, now).then(it -> passage.complete(it, restoring.instance(), now));
            case TimeUp _ -> passage.complete(app, restoring.instance(), now);
            case Exited(_, ExitStatus status) ->
                passage.failed(app, "it ended with %s as soon as it was up".formatted(status.describe()), now)
                        .then(failed -> passage.ended(failed, restoring.instance(), status, now));
            case Adopt adopt -> Step.of(greeted(app, adopt));
            case Stop _ -> stop(app, restoring.instance(), now);
            case Leave _ -> leave(app, restoring.instance(), now);
            case Resumed _ -> returned(app, now);
            case Start _, Restart _, OfRestart _, OfSpawn _, Ready _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step leaving(App app, Leaving leaving, LifeEvent event, Now now) {
        return switch (event) {
            case Exited _ -> passage.left(app, leaving.instance(), now);
            case TimeUp _ -> passage.signal(app, leaving.instance(), 0, Optional.empty(), now); // Leaving -> Stopping
            case Stop _ -> stop(app, leaving.instance(), now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart(Reason reason) -> passage.join(app, reason, now);
            case Adopt adopt -> passage.callOff(greeted(app.wanting(UP), adopt), "it goes on, though it had taken leave", now)
                    .then(back -> passage.run(back, leaving.instance(), now)); // Leaving -> Running
            case Resumed _ -> returned(app, now);
            case Leave _, OfRestart _, OfSpawn _, Ready _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, HooksDone _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step stopping(App app, Stopping stopping, LifeEvent event, Now now) {
        return switch (event) {
            case Exited _ -> passage.verify(app, stopping.instance(), stopping.stage(), stopping.failure(), now);
            case TimeUp _ -> app.spec().stop().isLast(stopping.stage())
                    ? passage.signal(app, stopping.instance(), stopping.stage() + 1, stopping.failure(), now)
                            .tell(Story.survivors(app, List.of(), now))
                    : passage.signal(app, stopping.instance(), stopping.stage() + 1, stopping.failure(), now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart(Reason reason) -> passage.join(app, reason, now);
            case Stop _, Leave _ -> passage.callOff(app.wanting(DOWN), "it is stopped", now);
            case Resumed _ -> returned(app, now);
            case OfRestart _, OfSpawn _, Adopt _, Ready _, Unhealthy _, Measured _, TreeChecked _, TabsListed _, HooksDone _, TabGone _ ->
                Step.of(app);
        };
    }

    private Step verifying(App app, Verifying verifying, LifeEvent event, Now now) {
        return switch (event) {
            case TreeChecked(_, List<String> survivors) -> survivors.isEmpty()
                    ? passage.gone(app, verifying.failure(), now)
                    : passage.stillThere(app, verifying, survivors);
            case TimeUp _ -> passage.press(app, verifying, now);
            case Start _ -> Step.of(app.wanting(UP));
            case Restart(Reason reason) -> passage.join(app, reason, now);
            case Stop _, Leave _ -> passage.callOff(app.wanting(DOWN), "it is stopped", now);
            case Resumed _ -> returned(app, now);
            case OfRestart _, OfSpawn _, Adopt _, Exited _, Ready _, Unhealthy _, Measured _, TabsListed _, HooksDone _, TabGone _ ->
                Step.of(app);
        };
    }

    private static Step returned(App app, Now now) {
        return Step.of(app).act(Duties.onReturn(app, now));
    }

    private static Duration startLimit(App app) {
        // Without a probe or a hello to wait for, it is up when it did not end at once.
        return app.spec().probe().isPresent() || app.life() instanceof Life.InPlace ? app.spec().startGrace() : Passage.SETTLE;
    }

    private static App greeted(App app, Adopt adopt) {
        return app.withHello(adopt.hello());
    }

    private Step adopted(App app, Adopt adopt, Now now) {
        App greeted = greeted(app.wanting(UP), adopt);
        return passage.run(greeted, new Instance(adopt.identity(), "", Optional.of(now)), now) // Stopped -> Running
                .then(running -> Step.of(running).tell(Story.tell(
                        running,
                        APP_ADOPTED,
                        "%s (pid %d) is under supervision".formatted(Story.title(app), adopt.identity().pid()),
                        Story.nextRestart(running),
                        now)));
    }

    private Step prepare(App app, Instance instance, Reason reason, Now now) {
        return passage.begin(app, reason, now)
                .then(begun -> passage.enter(begun, new Preparing(instance, Deadline.in(Passage.hooks(app.spec().hooks().before()), now)), now) // Running -> Preparing
                        .tell(Story.tell(begun, RESTART_PREPARING, "Preparing the restart of " + Story.title(app), now)));
    }

    private Step hung(App app, Instance instance, String why, Now now) {
        Step told = Step.of(app).tell(Story.tell(app, APP_HUNG, "%s hangs: %s".formatted(Story.title(app), why), now));
        return app.canRestart(Reason.HANG) ? told.then(it -> prepare(it, instance, Reason.HANG, now)) : told;
    }

    private Step measured(App app, Instance instance, long bytes, Now now) {
        boolean isOver = app.spec().limits().memory().orElse(Long.MAX_VALUE) <= bytes;
        long age = now.nanos() - instance.ready().orElse(now).nanos();
        // An app that needs more than its limit from the start must not be restarted for ever.
        if (!isOver || !app.isEnabled() || !app.canRestart(Reason.MEMORY) || age < app.spec().restart().reset().toNanos()) {
            return Step.of(app);
        }
        String message = "%s uses %d MB, its limit is %d MB"
                .formatted(Story.title(app), bytes >> 20, app.spec().limits().memory().orElse(0) >> 20);
        return Step.of(app)
                .tell(Story.tell(app, LIMIT_REACHED, message, Map.of("memory_bytes", bytes), now))
                .then(it -> prepare(it, instance, Reason.MEMORY, now));
    }

    private Step drain(App app, Instance instance, Now now) {
        Duration limit = app.life() instanceof Life.InPlace(Duration saveLimit) ? saveLimit : Passage.SETTLE;
        return passage.enter(app, new Draining(instance, Deadline.in(limit, now), false, List.of()), now) // Preparing -> Draining
                .tell(Story.tell(app, RESTART_DRAINING, Story.title(app) + " restarts: saving documents", now));
    }

    private Step without(App app, Draining draining, String tab, Now now) {
        List<String> rest = draining.tabs().stream().filter(other -> !other.equals(tab)).toList();
        return draining.isAsked() ? drainedBy(app, draining, rest, now) : Step.of(app);
    }

    private Step drainedBy(App app, Draining draining, List<String> tabs, Now now) {
        return tabs.isEmpty()
                ? drained(app, draining.instance(), now)
                : Step.of(app.with(new Draining(draining.instance(), draining.deadline(), true, tabs)));
    }

    private Step drained(App app, Instance instance, Now now) {
        return isReplaced(app)
                ? passage.enter(app, new Replacing(instance, Deadline.in(app.spec().startGrace(), now)), now) // Draining -> Replacing
                        .tell(Story.replacing(app, now))
                : passage.signal(app, instance, 0, Optional.empty(), now) // Draining -> Stopping
                        .tell(Story.tell(app, RESTART_STOPPING, "Stopping " + Story.title(app), now));
    }

    private static boolean isReplaced(App app) {
        return app.restart().filter(run -> app.isReplacedFor(run.reason())).isPresent();
    }

    private Step restore(App app, Instance instance, Now now) {
        return passage.enter(app, new Restoring(instance.readyAt(now), Deadline.in(Passage.hooks(app.spec().hooks().after()), now)), now) // Replacing -> Restoring
                .tell(Story.tell(app, RESTART_RESTORING, Story.title(app) + " is back", now));
    }

    private Step stop(App app, Instance instance, Now now) {
        return passage.callOff(app.wanting(DOWN), "it is stopped", now)
                .then(off -> passage.signal(off, instance, 0, Optional.empty(), now) // any -> Stopping
                        .tell(Story.tell(off, APP_STOPPING, "Stopping " + Story.title(app), now)));
    }

    private Step leave(App app, Instance instance, Now now) {
        return passage.callOff(app.wanting(DOWN), "its user ends it", now)
                .then(off -> passage.enter(off, new Leaving(instance, Deadline.in(Passage.LEAVE_LIMIT, now)), now)); // any -> Leaving
    }
}
