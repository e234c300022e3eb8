package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.RESTART_STARTING;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.lifecycle.AppState.RestoringWork;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Starting;
import org.jupyterrestart.lifecycle.RestartPolicy.Verdict;
import org.jupyterrestart.process.ExitStatus;

/**
 * Restarts that an app makes by itself: by an exec in its own process, or by an end with a word that it is to be started
 * again. Neither is a crash, and neither means that it has finished.
 */
final class OwnRestart {
    private static final ExitStatus NOT_READY = new ExitStatus.Unknown();

    private final RestartLedger ledger;
    private final Passage passage;

    OwnRestart(RestartLedger ledger, Passage passage) {
        this.ledger = ledger;
        this.passage = passage;
    }

    /** Whether an end with that word decides anything: elsewhere the app is being ended, or restarted, anyway. */
    static boolean isHeeded(App app) {
        return app.isWantedUp()
                && switch (app.state()) {
                    case Starting _, Running _, RestoringWork _, Restoring _ -> true;
                    case AppState _ -> false;
                };
    }

    /** It ended to be started again. */
    Step ended(App app, ExitStatus status, Now now) {
        Instance instance = app.state().process().orElseThrow();
        App counted = instance.ready().isPresent() ? app : Passage.remember(app, now);
        return isTooOften(counted, instance, now)
                ? passage.endedInStep(app, instance, NOT_READY, "again, to be started once more", now)
                : ledger.join(counted, Reason.SELF, now).then(it -> passage.endedEarly(it, instance, status, now));
    }

    /** One that installs something before it is ready does so once or twice; for ever, it is a crash loop. */
    private static boolean isTooOften(App counted, Instance instance, Now now) {
        return instance.ready().isEmpty()
                && counted.spec().restart().verdict(NOT_READY, counted.history().crashes(), instance.age(now))
                        instanceof Verdict.RestartAfter it
                && it.isSlowLane();
    }

    /** Its old program is gone with all that was in memory; the process, and what it has started, are the same. */
    Step inPlace(App app, Instance instance, Now now) {
        Instance anew = new Instance(instance.identity(), instance.marker(), now, Optional.empty());
        return ledger.begin(app, Reason.SELF, now)
                .then(it -> Step.of(it).act(List.of(new Action.EndProbe())))
                .then(it -> Duties.enter( // Running -> Starting
                        it, new Starting(anew, Deadline.in(it.spec().startGrace(), now)), now))
                .then(it -> Step.of(it)
                        .tell(Story.tell(
                                it,
                                RESTART_STARTING,
                                Story.title(it) + " has replaced its own program and starts anew",
                                Map.of("life", "in_place"),
                                now)));
    }
}
