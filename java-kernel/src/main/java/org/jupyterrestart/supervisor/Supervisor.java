package org.jupyterrestart.supervisor;

import static org.jupyterrestart.event.EventType.SERVICE_STOPPED;
import static org.jupyterrestart.supervisor.RefusedException.Kind.BAD_REQUEST;
import static org.jupyterrestart.supervisor.RefusedException.Kind.REFUSED;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.CronFires;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppMachine;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Calendar;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.EventLoop;

/** Takes users' commands to the apps, or says why not. All of it happens on the loop. */
public final class Supervisor implements Control, LiveConfig.Listener {
    private static final Duration LONGEST_DELAY = Duration.ofDays(3650);

    /** Something that answers slowly is told of next time. */
    private static final Duration FIRST_LOOK = Duration.ofMillis(250);

    private final Ports ports;
    private final Loop loop;
    private final Calendar calendar;
    private final Tabs tabs = new Tabs();
    private final Apps apps;
    private final NamedApps named;
    private final GroupOrders groups;
    private final MemoryWatch memory;
    private final DiskWatch disks;
    private final MachineEnd machineEnd;
    private final QueueWatch queues;
    private final Snapshots snapshots;
    private final Adoption adoption;
    private final Adopting adopting;
    private final Configuring configuring;

    Supervisor(
            Config config,
            NewApps newApps,
            Ports ports,
            Machine machine,
            Calendar calendar,
            Loop loop,
            Storm.Limit storm) {
        this.ports = ports;
        this.loop = loop;
        this.calendar = calendar;
        GpuWatch gpus = new GpuWatch(ports);
        apps = new Apps(machine, ports, loop, tabs, gpus, storm);
        named = new NamedApps(apps);
        groups = new GroupOrders(apps, named, loop, ports.events());
        configuring = new Configuring(config, newApps, ports, apps);
        memory = new MemoryWatch(
                ports, apps, loop, gpus, () -> configuring.current().service().sampleEvery());
        disks = new DiskWatch(ports, apps, loop);
        machineEnd = new MachineEnd(
                ports, apps, loop, () -> configuring.current().service().machineEndsAfter());
        WorkWatch work = new WorkWatch(
                ports, apps, loop, () -> configuring.current().service().sampleEvery());
        queues = new QueueWatch(ports, apps, loop);
        LostOutput lostOutput = new LostOutput(ports, loop);
        apps.follow(queues::note);
        apps.follow(lostOutput::note);
        snapshots = new Snapshots(ports, apps, new Snapshots.Watches(memory, work, queues, machineEnd, lostOutput));
        adoption = new Adoption(config, ports, apps, calendar);
        adopting = new Adopting(newApps, ports, apps);
    }

    /** All of it happens on the thread of {@code events}. */
    public static Supervisor of(Config config, NewApps newApps, Ports ports, EventLoop events) {
        CronFires cron = new CronFires();
        return new Supervisor(
                config,
                newApps,
                ports,
                new AppMachine(cron),
                new Calendar(cron),
                new SupervisorLoop(events),
                Storm.USUAL);
    }

    /** Takes up what an earlier service left, and starts what is wanted. Call once. */
    public void start() {
        loop.start(failure -> apps.tellError("A task of the service's loop failed", Optional.empty(), failure));
        // Waited for: who asks for events once we answer must not miss those of the start.
        answer(() -> {
            adoption.run();
            apps.lookForGpus();
            watch();
            return apps.all();
        });
    }

    /** Stops all apps, those first that others don't need; they are started again with the next service. */
    public void stopApps() throws InterruptedException, RefusedException {
        new GroupStop(apps, loop, ports.events()).run();
    }

    /** Returns when the loop has ended, by {@link #shutDown}. */
    public void awaitEnd() throws InterruptedException {
        loop.awaitEnd();
    }

    @Override
    public Snapshot snapshot() {
        return snapshots.current().orElseGet(this::look);
    }

    /** Who looks first is not told what the one before saw, and waits a moment for what is measured now. */
    private Snapshot look() {
        Snapshot first = answer(this::take);
        return loop.await(snapshots.measured(), FIRST_LOOK) ? answer(this::take) : first;
    }

    /** No plan is shown that the clock has left behind. */
    private Snapshot take() {
        apps.followClock();
        return snapshots.take();
    }

    /** One app as it is now, without waiting for the loop. */
    public Optional<App> find(String app) {
        return apps.find(app);
    }

    @Override
    public Accepted restart(String app, Reason reason, boolean now) throws RefusedException {
        return command(app, it -> {
            if (!it.canRestart(reason)) {
                throw NamedApps.cannotStart(it);
            }
            return new AppEvent.Restart(reason, now);
        });
    }

    @Override
    public AcceptedGroup restartTogether(List<String> names, Reason reason, boolean now) throws RefusedException {
        return groups.restart(names, reason, now);
    }

    @Override
    public Accepted restartIn(String app, Duration delay) throws RefusedException {
        checkDelay(delay);
        return command(app, it -> {
            if (!it.canRestart(Reason.SCHEDULED)) {
                throw NamedApps.cannotStart(it);
            }
            if (it.state().process().isEmpty()) {
                throw new RefusedException(
                        REFUSED,
                        "%s is %s: there is nothing to restart later. Start it first."
                                .formatted(it.name(), it.state().wireName()));
            }
            return new AppEvent.RestartIn(delay);
        });
    }

    @Override
    public Accepted postpone(String app, Duration by) throws RefusedException {
        checkDelay(by);
        return command(app, it -> {
            boolean isPlanned = it.planned()
                    .filter(planned -> it.isEnabled() || planned.isByHand())
                    .isPresent();
            if (!isPlanned && !(it.state() instanceof AppState.AwaitingIdle)) {
                throw new RefusedException(
                        REFUSED,
                        it.isEnabled()
                                ? "%s has no planned restart to postpone. Give it one: restart it in some time."
                                        .formatted(it.name())
                                : "Automatic restarts of %s are off: there is none to postpone.".formatted(it.name()));
            }
            return new AppEvent.Postpone(by);
        });
    }

    @Override
    public Accepted enable(String app, boolean enabled) throws RefusedException {
        return command(app, _ -> new AppEvent.Enable(enabled));
    }

    @Override
    public Accepted start(String app) throws RefusedException {
        return groups.start(List.of(app));
    }

    @Override
    public Accepted startTogether(List<String> names) throws RefusedException {
        return groups.start(names);
    }

    @Override
    public Accepted stop(String app) throws RefusedException {
        return command(app, _ -> new AppEvent.Stop());
    }

    @Override
    public Accepted stopTogether(List<String> names) throws RefusedException {
        return groups.stop(names);
    }

    @Override
    public Accepted adopt(String app, AdoptionRequest request) throws RefusedException {
        return loop.call(() -> {
            AppEvent.Adopt hello = adopting.check(app, request);
            Accepted accepted = accept(app, hello);
            watch();
            return accepted;
        });
    }

    @Override
    public Accepted leave(String app) throws RefusedException {
        return command(app, _ -> new AppEvent.Leave());
    }

    @Override
    public Accepted drained(
            String app, String restartId, String client, List<String> saved, List<UnsavedDocument> unsaved)
            throws RefusedException {
        List<RestartRun.Unsaved> documents = unsaved.stream()
                .map(document -> new RestartRun.Unsaved(document.path(), document.why()))
                .toList();
        return command(app, _ -> new AppEvent.Drained(restartId, client, saved, documents));
    }

    @Override
    public Accepted activity(String app, Optional<String> busyWith) throws RefusedException {
        return loop.call(() -> {
            named.find(app);
            ports.workload().told(app, new Work(busyWith, Map.of()));
            return new Accepted(ports.events().lastSeq(), Optional.empty());
        });
    }

    @Override
    public Accepted failed(String app, String restartId, String message) throws RefusedException {
        return command(app, _ -> new AppEvent.NotReplaced(restartId, message));
    }

    @Override
    public Accepted aboutKernels(String app, EventType type, String message, Map<String, Object> data)
            throws RefusedException {
        return loop.call(() -> {
            App server = named.find(app);
            if (!(server.life() instanceof Life.InPlace)
                    || server.state().process().isEmpty()) {
                throw new RefusedException(REFUSED, "%s is no Jupyter server that is up.".formatted(app));
            }
            long seq = ports.events().lastSeq();
            apps.tell(new EventDraft(
                    ports.clock().now().wall(),
                    Optional.of(app),
                    type,
                    Optional.empty(),
                    Optional.empty(),
                    message,
                    data));
            return new Accepted(seq, Optional.empty());
        });
    }

    @Override
    public void clientPolls(String client, Duration wait) {
        loop.submit(() -> tabs.polls(client, wait, ports.clock().now()));
    }

    @Override
    public Accepted clientGone(String client) {
        return answer(() -> {
            tabs.gone(client);
            long seq = ports.events().lastSeq();
            apps.all().forEach(app -> apps.handle(app.name(), new AppEvent.TabGone(client)));
            return new Accepted(seq, Optional.empty());
        });
    }

    @Override
    public List<AppPlan> plan(Optional<String> app, int n) throws RefusedException {
        var _ = snapshot(); // has apps asked what they are busy with
        return loop.call(() -> {
            Now now = ports.clock().now();
            int open = tabs.known(now).size();
            List<App> chosen = app.isPresent() ? List.of(named.find(app.get())) : List.copyOf(apps.all());
            return chosen.stream()
                    .map(it -> Views.plan(it, calendar.fires(it, n, now), open, snapshots.busyWith(it)))
                    .toList();
        });
    }

    @Override
    public KeptWork keptWork() {
        return new AskedKeptWork(
                ports,
                name -> loop.call(() -> named.find(name)),
                (app, keeping) -> loop.call(() -> {
                    queues.tell(app, keeping);
                    return app;
                }));
    }

    @Override
    public Accepted changed(Supplier<ConfigFile.InForce> inForce) {
        long seq = ports.events().lastSeq();
        loop.submit(() -> {
            configuring.take(inForce.get());
            watch();
        });
        return new Accepted(seq, Optional.empty());
    }

    @Override
    public void rejected(List<String> problems) {
        loop.submit(() -> configuring.tellRejected(problems));
    }

    @Override
    public Accepted shutDown() {
        return answer(() -> {
            long seq = ports.events().lastSeq();
            apps.tell(new EventDraft(
                    ports.clock().now().wall(),
                    Optional.empty(),
                    SERVICE_STOPPED,
                    Optional.empty(),
                    Optional.empty(),
                    apps.all().stream().allMatch(app -> app.state().process().isEmpty())
                            ? "The restart service ends"
                            : "The restart service ends; apps go on",
                    Map.of()));
            new Durability(ports).now();
            loop.end();
            return new Accepted(seq, Optional.empty());
        });
    }

    private void watch() {
        memory.start();
        disks.start();
        machineEnd.start();
    }

    /** What a command asks of an app, once it was looked at. */
    private interface Command {
        AppEvent of(App app) throws RefusedException;
    }

    private Accepted command(String name, Command command) throws RefusedException {
        return loop.call(() -> accept(name, command.of(named.find(name))));
    }

    private Accepted accept(String name, AppEvent event) {
        long seq = ports.events().lastSeq();
        apps.handle(name, event);
        apps.secure();
        return new Accepted(seq, apps.find(name).flatMap(App::restart).map(RestartRun::id));
    }

    private <T> T answer(Loop.Task<T> task) {
        try {
            return loop.call(task);
        } catch (RefusedException e) {
            throw new IllegalStateException("refused, though nothing was asked of an app", e);
        }
    }

    private static void checkDelay(Duration delay) throws RefusedException {
        if (delay.isNegative() || delay.compareTo(LONGEST_DELAY) > 0) {
            throw new RefusedException(
                    BAD_REQUEST, "A delay of %s can't be: give one from 0s to 3650d.".formatted(delay));
        }
    }
}
