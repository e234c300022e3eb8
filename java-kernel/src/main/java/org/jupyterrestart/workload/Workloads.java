package org.jupyterrestart.workload;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;

/** Asks each app in the way of its kind. */
public final class Workloads implements Workload {
    private final JupyterServer servers;

    /** {@code nanos} is a monotonic clock. */
    public Workloads(LongSupplier nanos) {
        servers = new JupyterServer(nanos);
    }

    @Override
    public Work ask(App app, Work.Ask ask) {
        return switch (app.spec().work()) {
            case NONE -> Work.NONE;
            case KERNELS -> servers.ask(app.name());
            case REQUESTS -> Busy.ask(app);
            case PROMPTS -> Work.NONE;
        };
    }

    @Override
    public Optional<String> freeMemory(App app) {
        return Freeing.ask(app);
    }

    @Override
    public void told(String app, Work work) {
        servers.told(app, work);
    }
}
