package org.jupyterrestart.probe;

import java.util.Optional;

/**
 * Which run of a program answers, and whether it is another one than before though the process is the same. What can't
 * be seen at a moment says nothing.
 */
final class Image {
    private Optional<String> process = Optional.empty();
    private Optional<String> session = Optional.empty();
    private boolean isRenewed;

    /**
     * Takes what was seen.
     *
     * @param newProcess of the process, from the system: another one after each exec
     * @param newSession as the program says itself; its process may be below the one that is watched
     * @param isWell whether it answers: what precedes its first answer, such as a script that ends in an exec, is its
     *     start
     */
    void see(Optional<String> newProcess, Optional<String> newSession, boolean isWell) {
        isRenewed |= differ(process, newProcess) || differ(session, newSession);
        if (isWell || isRenewed) {
            process = newProcess.or(() -> process);
            session = newSession.or(() -> session);
        }
    }

    /** Tells it once. */
    boolean isRenewed() {
        boolean was = isRenewed;
        isRenewed = false;
        return was;
    }

    private static boolean differ(Optional<String> before, Optional<String> now) {
        return before.isPresent() && now.isPresent() && !before.equals(now);
    }
}
