package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/** What happens to an app: what someone asks of it, and what was seen of it. */
public sealed interface AppEvent {
    /** Means the same in every state. */
    sealed interface ScheduleEvent extends AppEvent {}

    /** Means something else in each state. */
    sealed interface LifeEvent extends AppEvent {}

    /**
     * Changes nothing of the app.
     *
     * @param failures why hooks failed, each in one sentence
     */
    record FailureHooksDone(List<String> failures) implements AppEvent {}

    /** Automatic restarts on or off. */
    record Enable(boolean isOn) implements ScheduleEvent {}

    record Postpone(Duration by) implements ScheduleEvent {}

    record RestartIn(Duration delay) implements ScheduleEvent {}

    /** The wall clock was looked at: at each planned moment, and at least once a minute. */
    record Tick() implements ScheduleEvent {}

    /** Somebody set the wall clock, forward or, negative, back. */
    record ClockSet(Duration by) implements ScheduleEvent {}

    record Start() implements LifeEvent {}

    /** @param isForNow it is wanted up again with the next service, and its work with it */
    record Stop(boolean isForNow) implements LifeEvent {
        public Stop() {
            this(false);
        }
    }

    /** @param isUrgent running work is interrupted, to be run again */
    record Restart(Reason reason, boolean isUrgent) implements LifeEvent {
        public Restart(Reason reason) {
            this(reason, false);
        }
    }

    /** Its user ends it: the coming exit is no crash. */
    record Leave() implements LifeEvent {}

    /**
     * A live process says that it is this app.
     *
     * @param restartId the restart that it came from
     * @param kept what it carried over
     * @param tookOver it stood by, and serves since the one before it ended without a word
     */
    record Adopt(
            ProcessIdentity identity,
            Hello hello,
            Optional<String> restartId,
            Map<String, Object> kept,
            boolean tookOver)
            implements LifeEvent {
        public Adopt(ProcessIdentity identity, Hello hello, Optional<String> restartId, Map<String, Object> kept) {
            this(identity, hello, restartId, kept, false);
        }
    }

    /** A stop together with others, of which some depend on it. */
    record StopInLine() implements AppEvent {}

    /** A restart together with others, of which some depend on it. */
    record RestartInLine(Reason reason, boolean isUrgent) implements AppEvent {}

    /** The config file says something else of it. */
    record Respecified(AppSpec spec) implements AppEvent {}

    /** The service is back after an end of its own. */
    record Resumed() implements AppEvent {}

    /** About a browser tab that a restart may wait for. */
    sealed interface OfTab extends LifeEvent {
        String tab();
    }

    record TabGone(String tab) implements OfTab {}

    /** About one restart; stale when another is under way. */
    sealed interface OfRestart extends LifeEvent {
        String restartId();
    }

    record Drained(String restartId, String tab, List<String> saved, List<RestartRun.Unsaved> unsaved)
            implements OfRestart, OfTab {}

    /** The app could not replace itself. */
    record NotReplaced(String restartId, String why) implements OfRestart {}

    /** About one start; stale when another came after it. */
    sealed interface OfSpawn extends LifeEvent {
        String marker();
    }

    record Spawned(String marker, ProcessIdentity identity) implements OfSpawn {}

    record NotSpawned(String marker, String why) implements OfSpawn {}

    /** Nothing was started: something is in the way. */
    record Hindered(String marker, Obstacle obstacle) implements OfSpawn {}

    /** The process that was started has ended unseen, and left this one behind. */
    record Orphaned(String marker, ProcessIdentity identity) implements OfSpawn {}

    /** No process carries the marker: the service ended before it could start one. */
    record NotFound(String marker) implements OfSpawn {}

    /** About one process; stale when the app has another by now. */
    sealed interface OfProcess extends LifeEvent {
        ProcessIdentity identity();
    }

    /**
     * @param isTreeEmpty nothing that it started is left, and it owes no GPU memory; false where that is not known yet
     * @param isForRestart it ended to be started again, and left word of that
     */
    record Exited(ProcessIdentity identity, ExitStatus status, boolean isTreeEmpty, boolean isForRestart)
            implements OfProcess {
        public Exited(ProcessIdentity identity, ExitStatus status, boolean isTreeEmpty) {
            this(identity, status, isTreeEmpty, false);
        }

        public Exited(ProcessIdentity identity, ExitStatus status) {
            this(identity, status, false);
        }

        public Exited leavingNothing() {
            return new Exited(identity, status, true, isForRestart);
        }
    }

    /** How a process does. */
    sealed interface Health extends OfProcess {}

    record Ready(ProcessIdentity identity) implements Health {}

    /** It has replaced its own program, in the same process, and starts anew. */
    record Renewed(ProcessIdentity identity) implements Health {}

    record Unhealthy(ProcessIdentity identity, String why) implements Health {}

    /**
     * In bytes.
     *
     * @param amount what it has; of a disk, what is free
     * @param held what a restart is sure to give back
     */
    record Measured(ProcessIdentity identity, Limits.Resource resource, long amount, long held) implements Health {}

    /**
     * It was asked to give GPU memory back.
     *
     * @param before bytes that it had
     * @param after what it has now
     * @param problem why it could not be asked
     */
    record Freed(ProcessIdentity identity, long before, long after, Optional<String> problem) implements Health {}

    /** It is going to reach a limit. */
    record Foreseen(ProcessIdentity identity, Limits.Resource resource, long amount, Duration left) implements Health {}

    /** To what one state has asked: no other gets it. */
    sealed interface Answer extends LifeEvent {}

    /**
     * @param survivors the live processes of the tree, for people
     * @param isOwing it had GPU memory, which may not be back yet
     */
    record TreeChecked(ProcessIdentity identity, List<String> survivors, boolean isOwing) implements OfProcess, Answer {
        public TreeChecked(ProcessIdentity identity, List<String> survivors) {
            this(identity, survivors, false);
        }
    }

    /** About one state; stale when the app has left it. */
    sealed interface OfEntry extends LifeEvent {
        long entry();
    }

    record TimeUp(long entry) implements OfEntry {}

    /** An app's answer about its work. */
    record WorkSeen(long entry, Work work) implements OfEntry, Answer {}

    /** Empty where nothing is in the way any more. */
    record WayChecked(long entry, Optional<Obstacle> obstacle) implements OfEntry, Answer {}

    record GpusChecked(long entry, Reclaimed reclaimed) implements OfEntry, Answer {}

    /** Whether it is the app's turn among the others. */
    sealed interface OfTurn extends OfEntry, Answer {}

    /**
     * It is the app's turn.
     *
     * @param without apps that it depends on and that are not ready, each with its state
     */
    record TurnCome(long entry, List<String> without) implements OfTurn {}

    /**
     * It is not the app's turn yet.
     *
     * @param isNews whether people are told; what holds many apps is told by itself
     */
    record TurnHeld(long entry, String why, boolean isNews) implements OfTurn {}

    record TabsListed(long entry, List<String> tabs) implements OfEntry, Answer {}

    /**
     * @param failures why hooks failed, each in one sentence
     * @param obstacle that of a required one
     */
    record HooksDone(long entry, List<String> failures, Optional<String> obstacle) implements OfEntry, Answer {}
}
