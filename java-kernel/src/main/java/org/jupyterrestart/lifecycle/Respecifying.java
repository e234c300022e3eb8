package org.jupyterrestart.lifecycle;

import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.lifecycle.AppState.Failed;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Waiting;

/**
 * What a new spec changes at once: everything but the process itself and the deadline of a step under way. Its program
 * counts from the next start on; an app that could not be kept up has one at once.
 */
final class Respecifying {
    private final Calendar calendar;
    private final Passage passage;

    Respecifying(Calendar calendar, Passage passage) {
        this.calendar = calendar;
        this.passage = passage;
    }

    Step step(App app, AppSpec spec, Now now) {
        AppSpec before = app.spec();
        Step step = Step.of(app.with(spec));
        if (spec.enabled() != before.enabled()) {
            // Only an edit of this very word overrules the switch that people have in their panel.
            step = step.then(it -> calendar.step(it, new AppEvent.Enable(spec.enabled()), now));
        }
        if (!spec.schedule().equals(before.schedule())) {
            step = step.then(it -> Step.of(replan(it, now)));
        }
        if (!spec.probe().equals(before.probe())) {
            step = step.then(it -> Step.of(it).act(Duties.probeAnew(it)));
        }
        if (spec.standby() != before.standby() && app.life() instanceof Life.InPlace) {
            step = step.then(it -> Step.of(it).tell(Story.standby(it, now)));
        }
        if (!spec.limits().kernelMemory().equals(before.limits().kernelMemory())
                && app.life() instanceof Life.InPlace) {
            step = step.then(it -> Step.of(it).tell(Story.kernelLimit(it, now)));
        }
        boolean isPutRight =
                !spec.program().equals(before.program()) || !spec.restart().equals(before.restart());
        return isPutRight && isDownUnwanted(step.app())
                ? step.then(it -> passage.restart(it, Reason.CONFIG, now))
                : step;
    }

    private static boolean isDownUnwanted(App app) {
        boolean isDown = app.state() instanceof Failed || app.state() instanceof Waiting;
        return isDown && app.isWantedUp() && app.program().isPresent();
    }

    /** A time that a user has set stays. */
    private App replan(App app, Now now) {
        boolean isByHand = app.planned().filter(PlannedRestart::isByHand).isPresent();
        boolean isPlanned = app.planned().isPresent() || app.state() instanceof Running;
        return isByHand || !isPlanned ? app : calendar.plan(app, now);
    }
}
