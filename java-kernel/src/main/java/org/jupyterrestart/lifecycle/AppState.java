package org.jupyterrestart.lifecycle;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/** Where an app is, with what is known only there. Users see {@link #wireName}. */
public sealed interface AppState {
    /** Nothing runs, as wanted. */
    record Stopped() implements AppState {}

    /** Nothing runs, against the wish of its user; {@code why} says what to do. */
    record Failed(String why) implements AppState {}

    /** It ended by itself, and is started again at the deadline. */
    record Waiting(String why, Deadline deadline) implements AppState, Timed {}

    /**
     * To be started when it is its turn: when the apps that it depends on are ready, and not amid a storm of crashes.
     *
     * @param why it is not its turn yet
     * @param isPatient whether it still waits for what comes nobody knows when
     */
    record Queued(String why, boolean isPatient, Deadline deadline) implements AppState, Timed, Turn {
        static Queued until(Deadline deadline) {
            return new Queued("", true, deadline);
        }

        Queued because(String reason) {
            return new Queued(reason, isPatient, deadline);
        }

        Queued impatient() {
            return new Queued(why, false, deadline);
        }
    }

    /** It can't be started yet; what {@code why} tells of is looked at again and again. */
    record Blocked(String why) implements AppState {}

    /** A process with this marker is being started, or was when the service ended. */
    record Spawning(String marker) implements AppState {}

    /** It runs, but is not ready yet. */
    record Starting(Instance instance, Deadline deadline) implements Alive, Timed {}

    record Running(Instance instance) implements Alive {}

    /**
     * A restart waits for an idle moment.
     *
     * @param busyWith what it was seen to be busy with; empty before the first look
     */
    record AwaitingIdle(Instance instance, Deadline deadline, Optional<String> busyWith) implements Alive, Timed {
        static AwaitingIdle first(Instance instance, Deadline deadline) {
            return new AwaitingIdle(instance, deadline, Optional.empty());
        }

        AwaitingIdle seen(String with) {
            return new AwaitingIdle(instance, deadline, Optional.of(with));
        }
    }

    /** One of several apps that are restarted together: it stays up until those that depend on it are down. */
    record InLine(Instance instance, String why, Deadline deadline) implements Alive, Timed, Turn {}

    /** One of several apps that are stopped together: it stays up until those that depend on it are down. */
    record AwaitingStop(Instance instance, String why, Deadline deadline) implements Alive, Timed, Turn {}

    /** Hooks before a restart. */
    record Preparing(Instance instance, Deadline deadline) implements Alive, Timed {}

    /**
     * Browser tabs save their documents.
     *
     * @param isAsked whether {@code tabs} are known
     * @param tabs those that have not answered
     */
    record Draining(Instance instance, Deadline deadline, boolean isAsked, List<String> tabs) implements Alive, Timed {
        public Draining {
            tabs = List.copyOf(tabs);
        }
    }

    /**
     * Nothing further is begun, and what runs comes to its end.
     *
     * @param ask how
     */
    record DrainingWork(Instance instance, Deadline deadline, Work.Ask ask) implements Alive, Timed {}

    /** What waited before the restart is taken up again. */
    record RestoringWork(Instance instance, Deadline deadline) implements Alive, Timed {}

    /** It was told to replace itself, and has not said hello since. */
    record Replacing(Instance instance, Deadline deadline) implements Alive, Timed {}

    /** Hooks after a restart. */
    record Restoring(Instance instance, Deadline deadline) implements Alive, Timed {}

    /** Its user ends it. */
    record Leaving(Instance instance, Deadline deadline) implements Alive, Timed {}

    /**
     * The stop sequence runs, and the main process still lives.
     *
     * @param stage of the stop sequence; its signal is sent
     * @param failure the end that the restart policy has to judge, where no user asked for the stop
     */
    record Stopping(Instance instance, int stage, Deadline deadline, Optional<ExitStatus> failure)
            implements Alive, Timed {}

    /**
     * The main process is gone, the rest of its tree is looked after.
     *
     * @param stage as in {@link Stopping}; {@link #UNSIGNALLED} before the first
     * @param survivors those seen last, for people
     */
    record Verifying(
            Instance instance, int stage, Deadline deadline, Optional<ExitStatus> failure, List<String> survivors)
            implements Alive, Timed {
        public static final int UNSIGNALLED = -1;

        public Verifying {
            survivors = List.copyOf(survivors);
        }
    }

    /** Nothing of its tree is left; its GPU memory is on its way back. */
    record Reclaiming(Instance instance, Deadline deadline, Optional<ExitStatus> failure) implements Alive, Timed {}

    /** A state that has to do with a process. */
    sealed interface Alive extends AppState {
        Instance instance();
    }

    /** A state that ends when it is the app's turn among the others. */
    sealed interface Turn extends AppState {
        /** What is waited for, for people. */
        String why();
    }

    /** A state that ends at a time. */
    sealed interface Timed {
        Deadline deadline();
    }

    /** Nothing runs, and nothing is on its way. */
    default boolean isAtRest() {
        return this instanceof Stopped || this instanceof Failed;
    }

    default Optional<Instance> process() {
        return this instanceof Alive alive ? Optional.of(alive.instance()) : Optional.empty();
    }

    default boolean isOf(ProcessIdentity identity) {
        return process().map(Instance::identity).filter(identity::equals).isPresent();
    }

    default Optional<Deadline> ends() {
        return this instanceof Timed timed ? Optional.of(timed.deadline()) : Optional.empty();
    }

    /** The step of a restart that is under way, as the API names it: one that waits for its start is in that step. */
    default String stepName() {
        boolean isHeldBack = this instanceof Waiting || this instanceof Queued || this instanceof Blocked;
        return isHeldBack ? "starting" : wireName();
    }

    /** The state, as the API names it. */
    default String wireName() {
        return switch (this) {
            case Stopped _ -> "stopped";
            case Failed _ -> "failed";
            case Waiting _, Queued _, Blocked _ -> "waiting";
            case Spawning _, Starting _, Replacing _ -> "starting";
            case Running _ -> "running";
            case AwaitingIdle _, InLine _, Preparing _ -> "preparing";
            case DrainingWork it -> it.ask() == Work.Ask.PARK ? "stopping" : "draining";
            case Draining _ -> "draining";
            case RestoringWork _, Restoring _ -> "restoring";
            case AwaitingStop _, Leaving _, Stopping _ -> "stopping";
            case Verifying _, Reclaiming _ -> "verifying";
        };
    }
}
