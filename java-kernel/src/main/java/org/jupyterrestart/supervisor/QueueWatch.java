package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.News;

/**
 * Has the work of running apps looked after, off the loop thread, as often as it needs, and what ended ones have left;
 * tells what came of it. While an app starts, stops or is drained, the steps of that see to its work.
 */
final class QueueWatch {
    private static final Duration AFTER_ERROR = Duration.ofMinutes(1);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Map<String, Looked> looked = new HashMap<>();

    /** What is looked at now, or at a time that is set. */
    private final Map<String, Optional<Instance>> attended = new HashMap<>();

    private volatile long version;

    QueueWatch(Ports ports, Apps apps, Loop loop) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
    }

    /** @param instance empty where it had ended */
    private record Looked(Optional<Instance> instance, List<Note> notes) {}

    /** An app has changed. */
    void note(App app) {
        if (isSubject(app) && !isSame(app, attended.get(app.name()))) {
            look(app);
        }
    }

    /** What people should know of the app's work. */
    List<Note> notes(App app) {
        return Optional.ofNullable(looked.get(app.name()))
                .filter(last -> isSame(app, last.instance()))
                .map(Looked::notes)
                .orElse(List.of());
    }

    /** Another one after each news. */
    long version() {
        return version;
    }

    private static boolean isSubject(App app) {
        return app.spec().work() == AppSpec.Work.PROMPTS
                && (app.state() instanceof AppState.Running
                        || app.state() instanceof AppState.AwaitingIdle
                        || app.state() instanceof AppState.Waiting
                        || app.state().isAtRest());
    }

    /** Whether it is still this program; what is remarked of that may change. */
    private static boolean isSame(App app, Optional<Instance> other) {
        Optional<Instance> own = app.state().process();
        return other != null
                && own.map(Instance::identity).equals(other.map(Instance::identity))
                && own.map(Instance::since).equals(other.map(Instance::since));
    }

    private void look(App app) {
        attended.put(app.name(), app.state().process());
        ports.clock().after(Duration.ZERO, () -> {
            Keeping keeping = keep(app);
            loop.submit(() -> take(app, keeping));
        });
    }

    private Keeping keep(App app) {
        try {
            return ports.workload().lookAfter(app);
        } catch (RuntimeException e) {
            loop.submit(() -> apps.tellError("Its queue could not be looked after", Optional.of(app.name()), e));
            return Keeping.idle(AFTER_ERROR);
        }
    }

    private void take(App app, Keeping keeping) {
        tell(app, keeping);
        ports.clock()
                .after(
                        keeping.next(),
                        () -> loop.submit(() -> again(app.name(), app.state().process())));
    }

    /** What came of a look at it. */
    void tell(App app, Keeping keeping) {
        Looked last = looked.put(app.name(), new Looked(app.state().process(), keeping.notes()));
        if (last == null || !last.notes().equals(keeping.notes())) {
            version++;
        }
        keeping.news().forEach(news -> tell(app.name(), news));
    }

    /** One that is not up just now is noted when it is. */
    private void again(String name, Optional<Instance> instance) {
        if (attended.remove(name, instance)) {
            apps.find(name).ifPresent(this::note);
        }
    }

    private void tell(String app, News news) {
        Optional<RestartRun> restart = apps.find(app).flatMap(App::restart);
        apps.tell(new EventDraft(
                ports.clock().now().wall(),
                Optional.of(app),
                news.type(),
                restart.map(RestartRun::id),
                restart.map(RestartRun::reason),
                news.message(),
                news.data()));
    }
}
