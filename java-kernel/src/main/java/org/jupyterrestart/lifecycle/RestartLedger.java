package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.App.Wanted.UP;

import java.util.Optional;

/** Which restart is under way: entered when it begins, struck off when nothing comes of it, and told either way. */
final class RestartLedger {
    private final Calendar calendar;

    RestartLedger(Calendar calendar) {
        this.calendar = calendar;
    }

    Step begin(App app, Reason reason, Now now) {
        String id = app.name() + "-" + (app.history().begun() + 1);
        App begun =
                app.withHistory(app.history().withBegun()).withRestart(Optional.of(RestartRun.begin(id, reason, now)));
        // A crash does not put off what was planned; any other restart stands for the next planned one.
        App planned = reason == Reason.CRASH ? calendar.keepPlan(begun, now) : calendar.plan(begun, now);
        return Step.of(planned).tell(Story.initiated(planned, now));
    }

    /** The restart under way stands for this one too; a start or stop under way becomes part of a new one. */
    Step join(App app, Reason reason, Now now) {
        App up = app.wanting(UP);
        return app.restart().isPresent() ? Step.of(up) : begin(up, reason, now);
    }

    /** Its user wants it down: no restart goes on. */
    static Step wantedDown(App app, Now now) {
        return callOff(app.wanting(DOWN), "it is stopped", now);
    }

    static Step callOff(App app, String why, Now now) {
        return app.restart().isEmpty()
                ? Step.of(app)
                : Step.of(app.withRestart(Optional.empty())).tell(Story.calledOff(app, why, now));
    }

    /** The restart under way is called off for the documents that could not be saved. */
    static Step holdForDocuments(App app, Now now) {
        return Step.of(app.withRestart(Optional.empty())).tell(Story.heldByDocuments(app, now));
    }

    /** The restart under way, if there is one, has failed. */
    static Step failed(App app, String why, Now now) {
        return app.restart().isEmpty()
                ? Step.of(app)
                : Step.of(app.withRestart(Optional.empty())).tell(Story.failed(app, why, now));
    }
}
