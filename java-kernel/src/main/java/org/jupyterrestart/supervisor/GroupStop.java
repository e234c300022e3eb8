package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.List;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;

/**
 * Stops all apps for a service that takes them along when it ends. Nobody has changed his mind about any of them, so
 * what was wanted up is so for the next service.
 */
final class GroupStop {
    /** Each change is an event; it is looked this often all the same. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final Apps apps;
    private final Loop loop;
    private final EventLog events;

    GroupStop(Apps apps, Loop loop, EventLog events) {
        this.apps = apps;
        this.loop = loop;
        this.events = events;
    }

    /** Returns when none runs; not for the loop's own thread. */
    void run() throws InterruptedException, RefusedException {
        long seen = events.lastSeq();
        while (loop.call(this::stopNext)) {
            events.await(seen, LONGEST_WAIT);
            seen = events.lastSeq();
        }
    }

    /** Tells those whose turn it is; whether any app is left. */
    private boolean stopNext() {
        List<App> left =
                apps.all().stream().filter(app -> !app.state().isAtRest()).toList();
        StartOrder.notNeeded(left).stream()
                .filter(App::isWantedUp)
                .forEach(app -> apps.handle(app.name(), new AppEvent.Stop(true)));
        return !left.isEmpty();
    }
}
