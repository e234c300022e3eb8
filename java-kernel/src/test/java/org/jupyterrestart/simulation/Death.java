package org.jupyterrestart.simulation;

/** Kills the service at one of its calls of the world: no code of it may notice or clean up. */
final class Death {
    private long callsLeft = Long.MAX_VALUE;

    /** Not an Exception: nothing in the service catches it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("the service is killed here", null, false, false);
        }
    }

    /** After so many more calls. */
    void comeAfter(int calls) {
        callsLeft = calls;
    }

    /** Nobody is killed any more. */
    void spare() {
        callsLeft = Long.MAX_VALUE;
    }

    /** Each port calls this before and after what it does. */
    void point() {
        if (callsLeft-- <= 0) {
            spare();
            throw new Killed();
        }
    }
}
