package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.Action;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.SpawnResult.NotSpawned;
import org.jupyterrestart.process.SpawnResult.Spawned;
import org.jupyterrestart.supervisor.HookRunner.HookRun;

/** Does on the ports what the machine decided, on the loop thread. What comes of it returns only as events. */
final class ActionRunner {
    private final Ports ports;
    private final Tabs tabs;
    private final GpuWatch gpus;
    private final Way way;
    private final BiConsumer<String, AppEvent> results;
    private final Map<String, Clock.Cancellable> timers = new HashMap<>();
    private final Map<String, ProcessIdentity> watched = new HashMap<>();

    /** {@code results} takes an app's name and what happened, from any thread. */
    ActionRunner(Ports ports, Tabs tabs, GpuWatch gpus, BiConsumer<String, AppEvent> results) {
        this.ports = ports;
        this.tabs = tabs;
        this.gpus = gpus;
        way = new Way(ports);
        this.results = results;
    }

    void run(App app, Action action) {
        String name = app.name();
        switch (action) {
            case Action.Spawn(String marker, Program program) -> spawn(app, marker, program);
            case Action.Find(String marker) ->
                results.accept(
                        name,
                        ports.processes()
                                .find(mark(marker))
                                .<AppEvent>map(found -> found.isMain()
                                        ? new AppEvent.Spawned(marker, found.identity())
                                        : new AppEvent.Orphaned(marker, found.identity()))
                                .orElse(new AppEvent.NotFound(marker)));
            case Action.Watch(ProcessIdentity identity) -> watch(app, identity);
            case Action.Probe(Instance instance, var spec) ->
                ports.prober().start(subject(app, instance, spec), new HealthReport(name, instance.identity()));
            case Action.EndProbe _ -> ports.prober().stop(name);
            case Action.SignalTree(Instance instance, int signal, List<String> keep) ->
                gpus.beforeStop(instance, () -> signal(members(instance, keep), heeded(instance.identity(), signal)));
            case Action.CheckWay(long entry, var delay) ->
                ports.clock()
                        .after(delay, () -> results.accept(name, new AppEvent.WayChecked(entry, way.obstacle(app))));
            case Action.CheckGpus(long entry, Instance instance, var keep, var delay) ->
                ports.clock()
                        .after(
                                delay,
                                () -> results.accept(
                                        name,
                                        new AppEvent.GpusChecked(entry, gpus.look(app, instance.identity(), keep))));
            case Action.FreeGpuMemory(Instance instance) ->
                new SoftCleanup(ports, gpus, app, instance, event -> results.accept(name, event)).start();
            case Action.End(List<ProcessIdentity> leftovers, int signal) -> signal(leftovers, signal);
            case Action.SignalMain(ProcessIdentity identity, int signal) -> signal(List.of(identity), signal);
            case Action.CheckTree check -> {
                if (check.delay().isZero()) {
                    check(name, check);
                } else {
                    ports.clock().after(check.delay(), () -> check(name, check));
                }
            }
            case Action.RunHooks run -> runHooks(app, run);
            case Action.RunFailureHooks(var failure, var hooks) ->
                ports.hooks()
                        .run(
                                new HookRun(
                                        name,
                                        app.program(),
                                        failure.type(),
                                        failure.restartId(),
                                        failure.reason(),
                                        hooks),
                                failures -> results.accept(name, new AppEvent.FailureHooksDone(reasons(failures))));
            case Action.AskWork(long entry, var ask, var delay) ->
                ports.clock()
                        .after(
                                delay,
                                () -> results.accept(
                                        name,
                                        new AppEvent.WorkSeen(
                                                entry, ports.workload().ask(app, ask))));
            case Action.ListTabs(long entry) ->
                results.accept(
                        name,
                        new AppEvent.TabsListed(entry, tabs.known(ports.clock().now())));
            case Action.SetTimer(long entry, var delay) ->
                timers.put(name, ports.clock().after(delay, () -> results.accept(name, new AppEvent.TimeUp(entry))));
        }
    }

    /** The app has left a state: what bounds it is over. */
    void left(App app) {
        Optional.ofNullable(timers.remove(app.name())).ifPresent(Clock.Cancellable::cancel);
        if (app.state().process().isEmpty()) {
            ports.prober().stop(app.name());
            Optional.ofNullable(watched.remove(app.name())).ifPresent(gone -> {
                ports.processes().unwatch(gone);
                gpus.forget(gone);
            });
        }
    }

    private void spawn(App app, String marker, Program program) {
        ports.workload().starts(app);
        String name = app.name();
        Launch launch = new Launches(ports).of(name, marker, program);
        if (app.ports().isEmpty()) {
            start(name, launch, marker);
        } else {
            // Off the loop: asking who is in the way reads a lot.
            ports.clock()
                    .after(
                            Duration.ZERO,
                            () -> way.obstacle(app)
                                    .ifPresentOrElse(
                                            obstacle -> results.accept(name, new AppEvent.Hindered(marker, obstacle)),
                                            () -> start(name, launch, marker)));
        }
    }

    private void start(String name, Launch launch, String marker) {
        ports.processes()
                .start(
                        launch,
                        result -> results.accept(
                                name,
                                switch (result) {
                                    case Spawned(ProcessIdentity identity) -> new AppEvent.Spawned(marker, identity);
                                    case NotSpawned(String why) -> new AppEvent.NotSpawned(marker, why);
                                }));
    }

    private Prober.Subject subject(App app, Instance instance, ProbeSpec spec) {
        return new Prober.Subject(
                app.name(),
                instance.identity(),
                mark(ports.home(), instance),
                app.program(),
                output(ports.home(), app.name()),
                spec,
                instance.ready().isPresent());
    }

    static Path output(Path home, String app) {
        return home.resolve("logs").resolve(app + ".log");
    }

    private void watch(App app, ProcessIdentity identity) {
        String name = app.name();
        ProcessIdentity before = watched.put(name, identity);
        if (!identity.equals(before)) {
            Optional.ofNullable(before).ifPresent(ports.processes()::unwatch);
            ports.processes()
                    .watch(
                            identity,
                            status -> results.accept(
                                    name,
                                    new AppEvent.Exited(
                                            identity,
                                            status,
                                            ports.processes().isTreeEmpty(identity) && !gpus.isOwing(identity),
                                            isToStartAgain(app, identity))));
        }
    }

    /**
     * Who started an app that was adopted starts it again by such a word, too. How it ended does not matter: Python's
     * {@code exit(0)} ends by SIGABRT where a thread of PyTorch is at work.
     */
    private boolean isToStartAgain(App app, ProcessIdentity identity) {
        boolean isOurs = app.state()
                .process()
                .filter(process -> process.identity().equals(identity))
                .filter(process -> !process.marker().isEmpty())
                .isPresent();
        return isOurs && ports.workload().isToStartAgain(app);
    }

    private void check(String name, Action.CheckTree check) {
        List<String> survivors = members(check.instance(), check.keep()).stream()
                .map(ports.processes()::describe)
                .toList();
        ProcessIdentity identity = check.instance().identity();
        results.accept(name, new AppEvent.TreeChecked(identity, survivors, gpus.isOwing(identity)));
    }

    private void signal(List<ProcessIdentity> members, int signal) {
        members.forEach(member -> ports.processes().signal(member, signal));
    }

    /**
     * An app that ignores the interrupt, as what a script started by {@code &} does, would be waited for in vain. Of its
     * workers many ignore it, so that it alone sees to their end: they don't count.
     */
    private int heeded(ProcessIdentity main, int signal) {
        return signal == StopSequence.INT && ports.processes().ignores(main, signal) ? StopSequence.TERM : signal;
    }

    private List<ProcessIdentity> members(Instance instance, List<String> keep) {
        List<ProcessIdentity> tree = ports.processes().tree(instance.identity(), mark(ports.home(), instance));
        return keep.isEmpty()
                ? tree
                : tree.stream()
                        .filter(member -> !isKept(member, instance, keep))
                        .toList();
    }

    private boolean isKept(ProcessIdentity member, Instance instance, List<String> keep) {
        String described = ports.processes().describe(member);
        return !member.equals(instance.identity()) && keep.stream().anyMatch(name -> described.startsWith(name + " ("));
    }

    /** Two services on one machine may have apps of one name: the home tells them apart. */
    static String mark(Path home, String marker) {
        return home + ":" + marker;
    }

    /** Empty for a process that we did not start. */
    static String mark(Path home, Instance instance) {
        return instance.marker().isEmpty() ? "" : mark(home, instance.marker());
    }

    private String mark(String marker) {
        return mark(ports.home(), marker);
    }

    private void runHooks(App app, Action.RunHooks run) {
        String name = app.name();
        if (run.hooks().isEmpty()) {
            results.accept(name, new AppEvent.HooksDone(run.entry(), List.of(), Optional.empty()));
            return;
        }
        Optional<RestartRun> restart = app.restart();
        ports.hooks()
                .run(
                        new HookRun(
                                name,
                                app.program(),
                                run.occasion(),
                                restart.map(RestartRun::id),
                                restart.map(RestartRun::reason),
                                run.hooks()),
                        failures -> results.accept(
                                name,
                                new AppEvent.HooksDone(run.entry(), reasons(failures), HookRunner.obstacle(failures))));
    }

    private static List<String> reasons(List<HookRunner.Failure> failures) {
        return failures.stream().map(HookRunner.Failure::why).toList();
    }

    /** Turns the health of one process into events. */
    private final class HealthReport implements Prober.Listener {
        private final String app;
        private final ProcessIdentity identity;

        HealthReport(String app, ProcessIdentity identity) {
            this.app = app;
            this.identity = identity;
        }

        @Override
        public void ready() {
            results.accept(app, new AppEvent.Ready(identity));
        }

        @Override
        public void unhealthy(String why) {
            results.accept(app, new AppEvent.Unhealthy(identity, why));
        }

        @Override
        public void renewed() {
            results.accept(app, new AppEvent.Renewed(identity));
        }
    }
}
