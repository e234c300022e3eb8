package org.jupyterrestart.workload;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.KeptPrompt;

/** The work of apps, as far as restarts heed it. Any thread may call. */
public interface Workload {
    /** Nobody is ever busy. */
    Workload NONE = new Workload() {
        @Override
        public Work ask(App app, Work.Ask ask) {
            return Work.NONE;
        }

        @Override
        public void told(String app, Work work) {}
    };

    /** Blocks, within a time of its own. Whoever needs more than one answer asks again: each call is complete. */
    Work ask(App app, Work.Ask ask);

    /**
     * Asks an app to give GPU memory back without a restart. Blocks, within a time of its own.
     *
     * @return why it could not be asked; empty where it has taken the request, which it may carry out later
     */
    default Optional<String> freeMemory(App app) {
        return Optional.of("nobody knows how");
    }

    /** Whether an app that ended left word that it is to be started again. */
    default boolean isToStartAgain(App app) {
        return false;
    }

    /** The app is about to be started: such a word of an earlier run counts no more. */
    default void starts(App app) {}

    /** Looks after the work of a running app, as far as the app itself does not. Blocks, within a time of its own. */
    default Keeping keep(App app) {
        return Keeping.idle(Duration.ofMinutes(1));
    }

    /** Likewise, after what an app that does not run has left. */
    default Keeping keepLeft(App app) {
        return Keeping.idle(Duration.ofHours(1));
    }

    /** Either of the two. */
    default Keeping lookAfter(App app) {
        return app.state().process().isPresent() ? keep(app) : keepLeft(app);
    }

    /** Prompts that are kept outside of the app's queue. Blocks, within a time of its own, as do the next two. */
    default List<KeptPrompt> keptPrompts(App app) throws IOException {
        return List.of();
    }

    /** Puts kept prompts with these ids back into the queue. */
    default HandledPrompts sendAgain(App app, Set<String> ids) throws IOException {
        return HandledPrompts.NONE;
    }

    /** Forgets kept prompts with these ids. */
    default HandledPrompts discard(App app, Set<String> ids) throws IOException {
        return HandledPrompts.NONE;
    }

    /** An app says of itself what it does. */
    void told(String app, Work work);
}
