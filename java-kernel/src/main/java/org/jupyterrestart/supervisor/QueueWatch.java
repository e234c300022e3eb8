package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.queue.Keeping;
import org.jupyterrestart.queue.News;

/** Has the work of running apps looked after, off the loop thread, as often as it needs; tells what came of it. */
final class QueueWatch {
    private static final Duration ROUND = Duration.ofSeconds(1);

    private final Ports ports;
    private final Apps apps;
    private final Loop loop;
    private final Map<String, Looked> looked = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();
    private volatile long version;
    private boolean isRunning;

    QueueWatch(Ports ports, Apps apps, Loop loop) {
        this.ports = ports;
        this.apps = apps;
        this.loop = loop;
    }

    /** @param due when it is looked at again */
    private record Looked(Instance instance, long due, List<Note> notes) {}

    /** Begins, if there is a reason to. */
    void start() {
        if (!isRunning) {
            round();
        }
    }

    /** What people should know of the app's work. */
    List<Note> notes(App app) {
        return Optional.ofNullable(looked.get(app.name()))
                .filter(last -> app.state()
                        .process()
                        .filter(instance -> isSame(instance, last.instance()))
                        .isPresent())
                .map(Looked::notes)
                .orElse(List.of());
    }

    /** Another one after each news. */
    long version() {
        return version;
    }

    private void round() {
        List<App> all = apps.all().stream()
                .filter(app -> app.spec().work() == AppSpec.Work.PROMPTS)
                .toList();
        isRunning = !all.isEmpty();
        if (isRunning) {
            all.stream().filter(this::isDue).forEach(this::look);
            ports.clock().after(ROUND, () -> loop.submit(this::round));
        }
    }

    /** While it starts, stops or is drained, the steps of that see to its work. */
    private boolean isDue(App app) {
        boolean isUp = app.state() instanceof AppState.Running || app.state() instanceof AppState.AwaitingIdle;
        return isUp
                && !underWay.contains(app.name())
                && Optional.ofNullable(looked.get(app.name()))
                        .filter(last -> isSame(app.state().process().orElseThrow(), last.instance()))
                        .filter(last -> ports.clock().now().nanos() - last.due() < 0)
                        .isEmpty();
    }

    /** What is remarked of an instance changes, while it stays the same. */
    private static boolean isSame(Instance one, Instance other) {
        return one.identity().equals(other.identity()) && one.since().equals(other.since());
    }

    private void look(App app) {
        underWay.add(app.name());
        ports.clock().after(Duration.ZERO, () -> {
            Keeping keeping = keep(app);
            loop.submit(() -> take(app, keeping));
        });
    }

    private Keeping keep(App app) {
        try {
            return ports.workload().keep(app);
        } catch (RuntimeException e) {
            loop.submit(() -> apps.tellError("Its queue could not be looked after", Optional.of(app.name()), e));
            return Keeping.idle(Duration.ofMinutes(1));
        }
    }

    private void take(App app, Keeping keeping) {
        underWay.remove(app.name());
        long due = ports.clock().now().nanos() + keeping.next().toNanos();
        Looked last = looked.put(app.name(), new Looked(app.state().process().orElseThrow(), due, keeping.notes()));
        if (last == null || !last.notes().equals(keeping.notes())) {
            version++;
        }
        keeping.news().forEach(news -> tell(app.name(), news));
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
