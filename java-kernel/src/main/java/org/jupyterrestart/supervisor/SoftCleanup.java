package org.jupyterrestart.supervisor;

import static java.lang.System.Logger.Level.ERROR;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Instance;

/**
 * Asks one app to give GPU memory back, and measures what comes of it: until it has become less and no longer falls, or
 * the time is over. An app may do what it was asked for only when its running work is done.
 */
final class SoftCleanup {
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final int LOOKS = 30;

    private static final System.Logger LOG = System.getLogger(SoftCleanup.class.getName());

    private final Ports ports;
    private final GpuWatch gpus;
    private final App app;
    private final Instance instance;
    private final Consumer<AppEvent> result;

    SoftCleanup(Ports ports, GpuWatch gpus, App app, Instance instance, Consumer<AppEvent> result) {
        this.ports = ports;
        this.gpus = gpus;
        this.app = app;
        this.instance = instance;
        this.result = result;
    }

    /** Returns at once. */
    void start() {
        after(Duration.ZERO, () -> {
            long before = gpus.now(instance).orElse(0);
            Optional<String> problem = ports.workload().freeMemory(app);
            if (problem.isPresent()) {
                tell(before, before, problem);
            } else {
                after(LOOK, () -> look(before, before, LOOKS));
            }
        });
    }

    /** Whatever becomes of it, it is answered: the limit waits for it. */
    private void after(Duration delay, Runnable task) {
        ports.clock().after(delay, () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.log(ERROR, "%s could not be asked for GPU memory".formatted(app.name()), e);
                tell(0, 0, Optional.of("asking failed (%s). Details are in service.log".formatted(e)));
            }
        });
    }

    private void look(long before, long last, int left) {
        OptionalLong now = gpus.now(instance);
        boolean isDone = now.isPresent() && now.getAsLong() < before && now.getAsLong() >= last;
        if (isDone || now.isEmpty() || left == 0) {
            tell(before, now.orElse(last), Optional.empty());
        } else {
            after(LOOK, () -> look(before, now.getAsLong(), left - 1));
        }
    }

    private void tell(long before, long after, Optional<String> problem) {
        result.accept(new AppEvent.Freed(instance.identity(), before, after, problem));
    }
}
