package org.jupyterrestart.supervisor;

import static org.jupyterrestart.supervisor.RefusedException.Kind.BAD_REQUEST;
import static org.jupyterrestart.supervisor.RefusedException.Kind.REFUSED;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.KeptPrompt;

/** Asks the keeper of an app's work, on the thread of the caller: the loop has other things to do than to wait. */
final class AskedKeptWork implements KeptWork {
    private final Ports ports;
    private final Finder finder;
    private final Teller teller;

    AskedKeptWork(Ports ports, Finder finder, Teller teller) {
        this.ports = ports;
        this.finder = finder;
        this.teller = teller;
    }

    /** Finds an app, on the loop. */
    interface Finder {
        App find(String name) throws RefusedException;
    }

    /** Takes up, on the loop, how it is after an order. */
    interface Teller {
        void tell(App app, Keeping keeping) throws RefusedException;
    }

    private interface Keeper<T> {
        T ask(App app) throws IOException, RefusedException;
    }

    @Override
    public List<KeptPrompt> of(String app) throws RefusedException {
        return ask(app, it -> ports.workload().keptPrompts(it));
    }

    @Override
    public HandledPrompts sendAgain(String app, List<String> ids) throws RefusedException {
        return order(app, it -> ports.workload().sendAgain(it, chosen(it, ids)));
    }

    @Override
    public HandledPrompts discard(String app, List<String> ids) throws RefusedException {
        return order(app, it -> ports.workload().discard(it, chosen(it, ids)));
    }

    private Set<String> chosen(App app, List<String> ids) throws IOException, RefusedException {
        Set<String> known = ports.workload().keptPrompts(app).stream()
                .map(KeptPrompt::promptId)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        for (String id : ids) {
            if (!known.contains(id)) {
                throw new RefusedException(
                        BAD_REQUEST, "No prompt \"%s\" of %s is kept. Ask which are.".formatted(id, app.name()));
            }
        }
        return ids.isEmpty() ? known : new LinkedHashSet<>(ids);
    }

    /** Who looks after this is told how it is now, and not how it was at the last look. */
    private HandledPrompts order(String name, Keeper<HandledPrompts> keeper) throws RefusedException {
        return ask(name, app -> {
            HandledPrompts handled = keeper.ask(app);
            teller.tell(app, ports.workload().lookAfter(app));
            return handled;
        });
    }

    private <T> T ask(String name, Keeper<T> keeper) throws RefusedException {
        App app = finder.find(name);
        if (app.spec().work() != AppSpec.Work.PROMPTS) {
            throw new RefusedException(REFUSED, "%s is no ComfyUI: it has no prompts.".formatted(name));
        }
        try {
            return keeper.ask(app);
        } catch (IOException | JsonParseException e) {
            throw new RefusedException(
                    REFUSED, "The kept prompts of %s could not be looked after: %s".formatted(name, e.getMessage()));
        }
    }
}
