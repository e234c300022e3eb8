package org.jupyterrestart.supervisor;

import java.util.List;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.KeptPrompt;

/** Work that is kept until its user says what becomes of it. Any thread may call; each call returns when it is done. */
public interface KeptWork {
    /** What an app's user may have put back, or forget. */
    List<KeptPrompt> of(String app) throws RefusedException;

    /** Puts these back into the app's queue, all where none is named. */
    HandledPrompts sendAgain(String app, List<String> ids) throws RefusedException;

    /** Forgets these, all where none is named. */
    HandledPrompts discard(String app, List<String> ids) throws RefusedException;
}
