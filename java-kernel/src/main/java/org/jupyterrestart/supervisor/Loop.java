package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The one place where state changes: tasks run one after the other, in the order of arrival. */
interface Loop {
    /** {@code onFailure} hears of tasks that failed; the next task runs all the same. */
    void start(Consumer<Throwable> onFailure);

    void submit(Runnable task);

    /** Runs {@code task} after those before it, and waits for it. */
    <T> T call(Task<T> task) throws RefusedException;

    /**
     * Waits for what the loop will complete, so long at most; not on its own thread.
     *
     * @return whether there was something to wait for
     */
    boolean await(CompletableFuture<Void> done, Duration limit);

    /** Lets the loop end after the tasks before this. */
    void end();

    void awaitEnd() throws InterruptedException;

    /** Something that is answered. */
    @FunctionalInterface
    interface Task<T> {
        T run() throws RefusedException;
    }
}
