package org.jupyterrestart.workload;

import static java.lang.System.Logger.Level.WARNING;

import com.google.gson.JsonParseException;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;

/** Asks each app in the way of its kind. */
public final class Workloads implements Workload {
    private static final System.Logger LOG = System.getLogger(Workloads.class.getName());

    private final JupyterServer servers;
    private final RebootFile rebootFile;

    /**
     * @param nanos a monotonic clock
     * @param environment the service's own
     */
    public Workloads(LongSupplier nanos, Map<String, String> environment) {
        rebootFile = new RebootFile(environment);
        servers = new JupyterServer(nanos);
    }

    @Override
    public Work ask(App app, Work.Ask ask) {
        return switch (app.spec().work()) {
            case NONE -> Work.NONE;
            case KERNELS -> servers.ask(app.name());
            case REQUESTS -> Busy.ask(app);
            case PROMPTS -> prompts(app, ask);
        };
    }

    /** Whatever answers on its port, the restart must go on. */
    private static Work prompts(App app, Work.Ask ask) {
        try {
            return ComfyUi.ask(app, ask);
        } catch (JsonParseException e) {
            LOG.log(WARNING, "%s gave an answer that is not understood: %s".formatted(app.name(), e.getMessage()));
            return Work.busy("an answer that is not understood");
        }
    }

    @Override
    public Optional<String> freeMemory(App app) {
        return Freeing.ask(app);
    }

    @Override
    public boolean isToStartAgain(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS && rebootFile.isThere(app);
    }

    @Override
    public void starts(App app) {
        if (app.spec().work() == AppSpec.Work.PROMPTS) {
            rebootFile.remove(app);
        }
    }

    @Override
    public void told(String app, Work work) {
        servers.told(app, work);
    }
}
