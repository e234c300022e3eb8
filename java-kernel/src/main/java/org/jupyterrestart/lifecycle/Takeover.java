package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_CRASHED;
import static org.jupyterrestart.event.EventType.APP_CRASH_LOOP;
import static org.jupyterrestart.event.EventType.RESTART_STARTING;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.AppState.Replacing;

/**
 * A server that stands by takes over from one that ends without a word. A crash is over then before it is heard of: it
 * is told and counted as any other. One that hangs is ended for that by its front, which is the process that is watched.
 */
final class Takeover {
    /** The front's signal for a server that hangs; see front.c. */
    static final int HANGS = 42;

    /** The front waits five seconds for the one that stands by. */
    static final Duration LIMIT = Duration.ofSeconds(10);

    private final RestartLedger ledger;
    private final Restarting restarting;

    Takeover(RestartLedger ledger, Restarting restarting) {
        this.ledger = ledger;
        this.restarting = restarting;
    }

    /** Whether it speaks of a crash that was not told yet: a hello may come twice. */
    static boolean isOfCrash(App app, AppEvent.Adopt adopt) {
        return adopt.tookOver()
                && !app.hello()
                        .map(Hello::servingPid)
                        .equals(Optional.of(adopt.hello().servingPid()))
                && (adopt.restartId().isEmpty() || !app.isIn(adopt.restartId().get()));
    }

    /** The crash. */
    Step crashed(App app, Now now) {
        App counted = Passage.remember(app, now);
        Step told = Step.of(counted)
                .tell(Story.tell(
                        app,
                        APP_CRASHED,
                        "%s ended without a word, and the server that stood by took over".formatted(Story.title(app)),
                        now));
        return counted.spec().restart().isForgiving(counted.history().crashes(), now.nanos())
                ? told
                : told.tell(Story.tell(
                        app,
                        APP_CRASH_LOOP,
                        "It crashes again and again. No server stands by for %s until that is over"
                                .formatted(Story.title(app)),
                        now));
    }

    /** The restart that has come of it. */
    Step completed(App app, Instance instance, AppEvent.Adopt adopt, Now now) {
        return ledger.begin(app, Reason.CRASH, now)
                .then(begun -> Step.of(begun).tell(starting(begun, now)))
                .then(begun -> restarting.back(begun, instance, adopt, now));
    }

    /** Whether one that hangs is followed by the server that stands by. */
    static boolean isOpen(App app) {
        return app.hasStandby()
                && app.restart().filter(run -> run.reason() == Reason.HANG).isPresent();
    }

    static Step begin(App app, Instance instance, Now now) {
        return Duties.enter(
                        app, new Replacing(instance, Deadline.in(LIMIT, now)), now) // Running, Preparing -> Replacing
                .act(List.of(new Action.SignalMain(instance.identity(), HANGS)))
                .tell(starting(app, now));
    }

    private static EventDraft starting(App app, Now now) {
        return Story.tell(
                app,
                RESTART_STARTING,
                "The server that stands by takes over from " + Story.title(app),
                Map.of("life", "in_place"),
                now);
    }
}
