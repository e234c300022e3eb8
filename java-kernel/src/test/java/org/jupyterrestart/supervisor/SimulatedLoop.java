package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.lifecycle.Calendar;
import org.jupyterrestart.lifecycle.CronLines;
import org.jupyterrestart.lifecycle.Machine;

/** A loop without a thread: its tasks run when they are told to. A failing task fails the test. */
public final class SimulatedLoop implements Loop {
    /** Few crashes are a storm already. */
    private static final Storm.Limit STORM = new Storm.Limit(4, Duration.ofSeconds(2));

    private final Deque<Runnable> queue = new ArrayDeque<>();
    private boolean isOver;
    private boolean isBusy;

    /** The real supervisor on this loop, with a machine that may be broken on purpose. */
    public Supervisor supervisor(Config config, NewApps newApps, Ports ports, Machine machine, CronLines cron) {
        return new Supervisor(config, newApps, ports, machine, new Calendar(cron), this, STORM);
    }

    @Override
    public void start(Consumer<Throwable> onFailure) {}

    @Override
    public void submit(Runnable task) {
        if (!isOver) {
            queue.add(task);
        }
    }

    @Override
    public <T> T call(Task<T> task) throws RefusedException {
        // A command that arrives while a task runs waits in the queue itself; then this is the turn of it.
        if (!isBusy) {
            runAll();
        }
        return task.run();
    }

    /** Nothing comes by waiting on a virtual clock. */
    @Override
    public boolean await(CompletableFuture<Void> done, Duration limit) {
        return false;
    }

    @Override
    public void end() {
        isOver = true;
        queue.clear();
    }

    @Override
    public void awaitEnd() {}

    /** Until nothing is left to do now. */
    public void runAll() {
        isBusy = true;
        try {
            while (!queue.isEmpty()) {
                queue.remove().run();
            }
        } finally {
            isBusy = false;
        }
    }
}
