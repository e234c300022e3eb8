package org.jupyterrestart.workload;

import static java.lang.System.Logger.Level.WARNING;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.KeptPrompt;
import org.jupyterrestart.queue.KeptQueues;

/** Asks each app in the way of its kind. */
public final class Workloads implements Workload {
    private static final System.Logger LOG = System.getLogger(Workloads.class.getName());

    private final JupyterServer servers;
    private final RebootFile rebootFile;
    private final ComfyUi comfyUi;

    /**
     * @param nanos a monotonic clock
     * @param environment the service's own
     * @param home the service's state folder: queues are kept below it
     */
    public Workloads(LongSupplier nanos, Map<String, String> environment, ProcessControl processes, Path home) {
        rebootFile = new RebootFile(environment);
        servers = new JupyterServer(nanos);
        comfyUi = new ComfyUi(
                new KeptQueues(home.resolve("queues"), nanos),
                new ComfyUiCommands(processes),
                new ComfyUiRuns(processes));
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
    private Work prompts(App app, Work.Ask ask) {
        try {
            return comfyUi.ask(app, ask);
        } catch (JsonParseException e) {
            LOG.log(WARNING, "%s gave an answer that is not understood: %s".formatted(app.name(), e.getMessage()));
            return Work.busy("an answer that is not understood");
        }
    }

    @Override
    public Keeping keep(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS ? comfyUi.keep(app) : Workload.super.keep(app);
    }

    @Override
    public Keeping keepLeft(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS ? comfyUi.keepLeft(app) : Workload.super.keepLeft(app);
    }

    @Override
    public List<KeptPrompt> keptPrompts(App app) throws IOException {
        return comfyUi.kept(app);
    }

    @Override
    public HandledPrompts sendAgain(App app, Set<String> ids) throws IOException {
        return comfyUi.sendAgain(app, ids);
    }

    @Override
    public HandledPrompts discard(App app, Set<String> ids) throws IOException {
        return comfyUi.discard(app, ids);
    }

    @Override
    public Optional<String> freeMemory(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS ? comfyUi.free(app) : Freeing.ask(app);
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
