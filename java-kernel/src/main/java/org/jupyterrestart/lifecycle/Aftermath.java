package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_BLOCKED;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.lifecycle.AppState.Blocked;
import org.jupyterrestart.lifecycle.AppState.Reclaiming;
import org.jupyterrestart.process.ProcessIdentity;

/** What a run leaves behind on the machine, and what the next one needs free of it. */
final class Aftermath {
    /** How long GPU memory may take to come back after a stop. Drivers need a second or two for many GB. */
    private static final Duration RECLAIM_LIMIT = Duration.ofSeconds(20);

    /** Likewise, with what a driver may take for its last answer. */
    static final Duration LIMIT = RECLAIM_LIMIT.plusSeconds(15);

    /** How long a process that an earlier run left behind has to end by itself. */
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(5);

    /** Between two looks at what is in the way of a start. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Passage passage;

    Aftermath(Passage passage) {
        this.passage = passage;
    }

    /**
     * What is not back in time is told, and the app goes on: GPU memory that a driver keeps comes back only with the
     * machine, and a start that fails for want of it is a crash like any other.
     */
    Step reclaimed(App app, Reclaiming reclaiming, Reclaimed reclaimed, Now now) {
        Duration waited = Duration.ofNanos(now.nanos() - app.since().nanos());
        boolean isLate = waited.compareTo(RECLAIM_LIMIT) >= 0;
        if (reclaimed.isWhole() || isLate) {
            Step told = reclaimed.isWhole() && reclaimed.bytes() == 0
                    ? Step.of(app)
                    : Step.of(app).tell(Story.reclaimed(app, reclaimed, waited, now));
            return told.then(it -> passage.gone(it, reclaiming.failure(), now)); // Reclaiming -> on
        }
        int signal = waited.compareTo(LEFTOVER_GRACE) < 0 ? StopSequence.TERM : StopSequence.KILL;
        return Step.of(app)
                .act(end(reclaimed.leftovers(), signal))
                .act(List.of(Duties.checkGpus(app, reclaiming.instance(), TreeStop.POLL)));
    }

    /** The driver has given no answer: nothing is known of what is back. */
    Step unmeasured(App app, Reclaiming reclaiming, Now now) {
        return Step.of(app)
                .tell(Story.unmeasured(app, now))
                .then(it -> passage.gone(it, reclaiming.failure(), now)); // Reclaiming -> on
    }

    /** Something is in the way of the start. */
    Step hindered(App app, Obstacle obstacle, Now now) {
        return app.isWantedUp()
                ? Duties.enter(app, new Blocked(Story.blocked(app, obstacle)), now) // Spawning -> Blocked
                        .act(end(obstacle.leftovers(), StopSequence.TERM))
                        .tell(Story.tell(app, APP_BLOCKED, Story.blocked(app, obstacle), now))
                : passage.stopped(app, now);
    }

    Step wayChecked(App app, Blocked blocked, Optional<Obstacle> obstacle, Now now) {
        if (obstacle.isEmpty()) {
            return Passage.spawning(app, now); // Blocked -> Spawning
        }
        Duration waited = Duration.ofNanos(now.nanos() - app.since().nanos());
        int signal = waited.compareTo(LEFTOVER_GRACE) < 0 ? StopSequence.TERM : StopSequence.KILL;
        String why = Story.blocked(app, obstacle.get());
        Step seen = why.equals(blocked.why())
                ? Step.of(app)
                : Step.of(app.with(new Blocked(why))).tell(Story.tell(app, APP_BLOCKED, why, now));
        return seen.act(end(obstacle.get().leftovers(), signal)).act(List.of(Duties.checkWay(app, LOOK)));
    }

    private static List<Action> end(List<ProcessIdentity> leftovers, int signal) {
        return leftovers.isEmpty() ? List.of() : List.of(new Action.End(leftovers, signal));
    }
}
