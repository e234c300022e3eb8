package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.AppEvent.ClockSet;
import org.jupyterrestart.lifecycle.AppEvent.Enable;
import org.jupyterrestart.lifecycle.AppEvent.Postpone;
import org.jupyterrestart.lifecycle.AppEvent.RestartIn;
import org.jupyterrestart.lifecycle.AppEvent.ScheduleEvent;
import org.jupyterrestart.lifecycle.AppEvent.Tick;
import org.jupyterrestart.lifecycle.AppState.AwaitingIdle;

/** A restart that is not urgent waits for an idle moment, up to a limit: its users can still put it off. */
final class IdleWait {
    private static final Duration POLL = Duration.ofSeconds(2);

    private final Calendar calendar;
    private final Passage passage;

    IdleWait(Calendar calendar, Passage passage) {
        this.calendar = calendar;
        this.passage = passage;
    }

    static boolean isOf(App app) {
        return app.spec().work() != AppSpec.Work.NONE && app.spec().whenIdle().isPositive();
    }

    Step begin(App app, Instance instance, Now now) {
        Deadline deadline = Deadline.in(app.spec().whenIdle(), now);
        return Duties.enter(app, AwaitingIdle.first(instance, deadline), now); // Running -> AwaitingIdle
    }

    /** It is told once what is waited for: a queue that moves is no news. */
    Step busy(App app, AwaitingIdle waiting, String with, Now now) {
        Action again = new Action.AskWork(app.entry(), Work.Ask.LOOK, POLL);
        if (with.isEmpty()) {
            return Step.of(app).act(List.of(again));
        }
        Step seen = Step.of(app.with(waiting.seen(with))).act(List.of(again));
        return waiting.busyWith().isEmpty() ? seen.tell(Story.waits(app, waiting.deadline(), with, now)) : seen;
    }

    /** What users set for the planned restart means the one that waits. */
    Step rescheduled(App app, AwaitingIdle waiting, ScheduleEvent event, Now now) {
        return switch (event) {
            case Postpone _ ->
                calledOff(app, waiting, "it is postponed", now).then(it -> calendar.step(dueNow(it, now), event, now));
            case RestartIn _ ->
                calledOff(app, waiting, "another time is set for it", now).then(it -> calendar.step(it, event, now));
            case Enable(boolean isOn)
            when !isOn ->
                calledOff(app, waiting, "automatic restarts are off", now).then(it -> calendar.step(it, event, now));
            case Enable _, Tick _, ClockSet _ -> calendar.step(app, event, now);
        };
    }

    Step calledOff(App app, AwaitingIdle waiting, String why, Now now) {
        return RestartLedger.callOff(app, why, now)
                .then(it -> passage.run(it, waiting.instance(), now)); // AwaitingIdle -> Running
    }

    /** With automatic restarts off only a user's hand can have planned what waits. */
    private static App dueNow(App app, Now now) {
        return app.withPlanned(Optional.of(new PlannedRestart(now.wall(), !app.isEnabled(), false)));
    }
}
