package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;

/**
 * What users can ask of the supervisor: the door between the API and the loop. Any thread may call; each call is
 * carried out on the loop thread, in the order of arrival, and returns when the command was taken, not when it is done.
 */
public interface Control {
    /** Everything at one moment, consistent with its seq. */
    Snapshot snapshot();

    /** Restart at once; {@code now} interrupts running work that could be run again. */
    Accepted restart(String app, Reason reason, boolean now) throws RefusedException;

    /**
     * Restarts several apps as one group, all that are up where none is named: stopped in the reverse of the order of
     * their dependencies, started in it. Refused as a whole.
     */
    AcceptedGroup restartTogether(List<String> names, Reason reason, boolean now) throws RefusedException;

    /** The next scheduled restart is now + {@code delay}. */
    Accepted restartIn(String app, Duration delay) throws RefusedException;

    /** The next scheduled restart is its planned time + {@code by}. */
    Accepted postpone(String app, Duration by) throws RefusedException;

    /** Automatic restarts on or off, kept over restarts of anything. */
    Accepted enable(String app, boolean enabled) throws RefusedException;

    Accepted start(String app) throws RefusedException;

    /** Starts several apps, all that are down where none is named, and what they need before them. Refused as a whole. */
    Accepted startTogether(List<String> names) throws RefusedException;

    Accepted stop(String app) throws RefusedException;

    /**
     * Stops several apps, all that are not down where none is named, in the reverse of the order of their dependencies.
     * Refused as a whole.
     */
    Accepted stopTogether(List<String> names) throws RefusedException;

    /** Takes a running process under supervision, or ends a restart in place whose id it names. */
    Accepted adopt(String app, AdoptionRequest request) throws RefusedException;

    /** The app's user ends it: its coming exit is no crash. */
    Accepted leave(String app) throws RefusedException;

    /** A browser tab has saved its documents for this restart. */
    Accepted drained(String app, String restartId, String client, List<String> saved, List<UnsavedDocument> unsaved)
            throws RefusedException;

    /** What the app does, as it says itself while a restart of it waits; empty when it is idle. */
    Accepted activity(String app, Optional<String> busyWith) throws RefusedException;

    /** A restart in place could not be carried out; the app goes on as it was. */
    Accepted failed(String app, String restartId, String message) throws RefusedException;

    /**
     * Something about the kernels of a Jupyter server is written down as an event. It is an order where the server is
     * to act on it, which follows the events.
     */
    Accepted aboutKernels(String app, EventType type, String message, Map<String, Object> data) throws RefusedException;

    /**
     * A browser tab waits for events, for {@code wait} at most; restarts in place wait for its documents until
     * {@link #clientGone}, or until it has not asked again for some time.
     */
    void clientPolls(String client, Duration wait);

    Accepted clientGone(String client);

    /** The next fires of each app, at most {@code n}, and what a restart would do; changes nothing. */
    List<AppPlan> plan(Optional<String> app, int n) throws RefusedException;

    /** Work that is kept until its user says what becomes of it. */
    KeptWork keptWork();

    /** Ends the service's loop after the commands before it; apps go on. */
    Accepted shutDown();

    /** A document that a browser could not save, and why. */
    record UnsavedDocument(String path, String why) {}

    /**
     * See the schema {@code Adoption}.
     *
     * @param kept details to be told when the restart is completed; empty map for none
     * @param command what starts it again, where that is not the command line that it has
     */
    record AdoptionRequest(
            int pid,
            OptionalInt servingPid,
            OptionalInt standbyPid,
            Optional<String> preset,
            OptionalInt port,
            boolean inPlace,
            Optional<String> restartId,
            Optional<String> url,
            Map<String, Object> kept,
            boolean tookOver,
            boolean respawn,
            Optional<List<String>> command,
            List<Note> notes) {}
}
