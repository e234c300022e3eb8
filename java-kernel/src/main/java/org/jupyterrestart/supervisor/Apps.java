package org.jupyterrestart.supervisor;

import static org.jupyterrestart.event.EventType.SERVICE_ERROR;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Calendar;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Step;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * All apps, and the only way to change one: decide, save, do, tell, in this order. Whatever is lost by a kill between
 * two of them is made up for when the saved state is loaded: deeds are begun again, what was not told is told.
 */
final class Apps {
    /** What could not be saved is tried again after this time, also where nothing happens. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** After these, what was told is on the disk, whatever happens to the machine. */
    private static final Set<EventType> BOUNDARIES = EnumSet.of(
            EventType.RESTART_INITIATED,
            EventType.RESTART_COMPLETED,
            EventType.RESTART_FAILED,
            EventType.RESTART_CALLED_OFF);

    private final Machine machine;
    private final Ports ports;
    private final Loop loop;
    private final ActionRunner runner;
    private final GpuWatch gpus;
    private final Launches launches;
    private final StandingOrders standingOrders;
    private final Durability durability;

    /** Changed on the loop alone; any thread may look one up. */
    private final Map<String, App> byName = new ConcurrentSkipListMap<>();

    private volatile long version;
    private final Alarms alarms;
    private final WallClockWatch wallClock;
    private final Set<String> leaving = new HashSet<>();
    private final List<Consumer<App>> followers = new ArrayList<>();

    private final Turns turns;

    /** What users were told last; empty while the state can be saved. */
    private String whyUnsaved = "";

    private boolean isToTryAgain;

    /** Also until every app has been resumed: a turn before that would be taken twice. */
    private boolean isTakingTurns = true;

    Apps(Machine machine, Ports ports, Loop loop, Tabs tabs, GpuWatch gpus, Storm.Limit stormLimit) {
        this.machine = machine;
        this.ports = ports;
        this.loop = loop;
        this.gpus = gpus;
        turns = new Turns(this, ports.clock(), loop, stormLimit);
        durability = new Durability(ports);
        wallClock = new WallClockWatch(ports.clock());
        alarms = new Alarms(ports.clock(), loop, this::followClock, this::alarm);
        launches = new Launches(ports);
        standingOrders = new StandingOrders(machine, ports, launches);
        runner = new ActionRunner(ports, tabs, gpus, (name, event) -> loop.submit(() -> handle(name, event)));
    }

    Collection<App> all() {
        return List.copyOf(byName.values());
    }

    /** The main processes of all apps: who keeps something for each forgets the others. */
    Set<ProcessIdentity> processes() {
        return byName.values().stream()
                .flatMap(app -> app.state().process().stream())
                .map(Instance::identity)
                .collect(Collectors.toSet());
    }

    /** Another one after each change of any app. */
    long version() {
        return version;
    }

    /** {@code other} hears of each change of an app, on the loop. */
    void follow(Consumer<App> other) {
        followers.add(other);
    }

    private void put(App app) {
        byName.put(app.name(), app);
        version++;
        turns.note(app);
        followers.forEach(follower -> follower.accept(app));
    }

    /** From any thread. */
    Optional<App> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** An app that is not known. */
    App first(AppSpec spec) {
        // Its restarts must not have the ids of those of an app of this name that was forgotten.
        return App.first(spec, ports.events().lastSeq(), ports.clock().now());
    }

    /** Known from now on; saved with its next step. */
    void add(App app) {
        put(app);
        setAlarm(app);
    }

    /** No config speaks of it, and nobody can start it again: it is known until it is at rest. */
    void forgetAtRest(String name) {
        leaving.add(name);
    }

    boolean isForgottenAtRest(String name) {
        return leaving.contains(name);
    }

    void keep(String name) {
        leaving.remove(name);
    }

    /** What happens to an app that is gone changes nothing. */
    void handle(String name, AppEvent event) {
        // First: what is planned from here on is planned by the clock as it is set now.
        followClock();
        pass(name, event);
    }

    /** Where the wall clock was set, plans are moved with it. */
    void followClock() {
        wallClock.change().ifPresent(by -> all().forEach(app -> pass(app.name(), new AppEvent.ClockSet(by))));
    }

    private void pass(String name, AppEvent event) {
        Optional.ofNullable(byName.get(name)).ifPresent(app -> handle(app, event));
    }

    private void handle(App app, AppEvent event) {
        Step step;
        try {
            step = decide(app, event, ports.clock().now());
        } catch (RuntimeException e) {
            tellError(
                    "%s could not be dealt with; the app stays as it is".formatted(event), Optional.of(app.name()), e);
            return;
        }
        carryOut(app, step);
        if (isOver(step.app())) {
            forget(step.app());
        }
        takeTurns();
    }

    /** Where its keeper has started it again already, that counts if it is what is decided now. */
    private Step decide(App app, AppEvent event, Now now) {
        Optional<Launch> started = event instanceof AppEvent.Exited ended
                ? ports.processes().startedAfter(ended.identity())
                : Optional.empty();
        return started.map(launch -> decideInTurn(app, ((AppEvent.Exited) event).leavingNothing(), now))
                .filter(step -> isStartOf(started.get(), step))
                .orElseGet(() -> decideInTurn(app, event, now));
    }

    private boolean isStartOf(Launch launch, Step step) {
        return step.actions().stream()
                .anyMatch(action -> action instanceof Action.Spawn(String marker, Program program)
                        && launches.of(step.app().name(), marker, program).equals(launch));
    }

    /** Whose turn it is at once waits in no state for it. */
    private Step decideInTurn(App app, AppEvent event, Now now) {
        Step step = machine.step(app, event, now);
        boolean asksForTurn =
                step.app().state() instanceof AppState.Turn && step.app().entry() != app.entry();
        if (!asksForTurn) {
            return step;
        }
        return switch (turns.decide(step.app())) {
            case AppEvent.TurnCome it -> step.through(next -> machine.step(next, it, now));
            case AppEvent.TurnHeld it -> step.then(next -> machine.step(next, it, now));
        };
    }

    /** As the service before this one left it; its apps are added one by one. */
    void resume(SavedState saved) {
        turns.resume(saved.storm().orElse(Storm.NONE));
        gpus.resume(saved.apps());
    }

    /** Every app has been resumed. */
    void openTurns() {
        isTakingTurns = false;
        takeTurns();
    }

    /** What changed for one app may be what others wait for. */
    void takeTurns() {
        if (isTakingTurns) {
            return;
        }
        isTakingTurns = true;
        try {
            for (var next = turns.next(); next.isPresent(); next = turns.next()) {
                handle(next.get().app(), next.get().answer());
            }
        } finally {
            isTakingTurns = false;
        }
    }

    private boolean isOver(App app) {
        return leaving.contains(app.name()) && !app.isWantedUp() && app.state().isAtRest();
    }

    private void forget(App app) {
        leaving.remove(app.name());
        turns.forget(app);
        byName.remove(app.name());
        alarms.set(app.name(), Optional.empty());
        version++;
        saveAll();
    }

    /** Whether there is a GPU is not known before it was asked for, which may take a while. */
    void lookForGpus() {
        ports.clock().after(Duration.ZERO, () -> {
            ports.gpus().sample();
            loop.submit(() -> all().forEach(standingOrders::note));
        });
    }

    private void carryOut(App before, Step step) {
        App app = step.app();
        List<EventDraft> told = new ArrayList<>(turns.takeUntold());
        told.addAll(step.told());
        if (!app.equals(before) || !told.isEmpty()) {
            put(app);
            standingOrders.note(app);
            save(new SavedChange(app, ports.events().lastSeq(), told, turns.storm()));
        }
        if (app.entry() != before.entry()) {
            runner.left(app);
        }
        step.actions().forEach(action -> {
            try {
                runner.run(app, action);
            } catch (RuntimeException e) {
                tellError("%s failed".formatted(action), Optional.of(app.name()), e);
            }
        });
        told.forEach(this::tell);
        if (!app.planned().equals(before.planned())
                || app.isEnabled() != before.isEnabled()
                || !app.spec().equals(before.spec())) {
            setAlarm(app);
        }
    }

    /** All apps as they are now, and no others. */
    void saveAll() {
        saveAll(List.of());
    }

    /** Something that happened to no app. */
    void saveAndTell(EventDraft draft) {
        saveAll(List.of(draft));
        tell(draft);
    }

    private void saveAll(List<EventDraft> untold) {
        save(() -> ports.store().save(whole(ports.events().lastSeq(), untold)));
    }

    private SavedState whole(long seq, List<EventDraft> untold) {
        return new SavedState(List.copyOf(byName.values()), seq, untold, Optional.of(turns.storm()));
    }

    private void save(SavedChange change) {
        save(() -> ports.store().save(change, () -> whole(change.seq(), change.untold())));
    }

    private interface Saving {
        void run() throws IOException;
    }

    /** Told once for each cause, until it works again. */
    private void save(Saving saving) {
        try {
            saving.run();
            whyUnsaved = "";
        } catch (IOException e) {
            // Supervision goes on: an app that is not restarted is worse than one that is not remembered.
            String why = reason(e);
            trySoon();
            if (!why.equals(whyUnsaved)) {
                whyUnsaved = why;
                tellUnsaved(e, why);
            }
        }
    }

    private void trySoon() {
        if (!isToTryAgain) {
            isToTryAgain = true;
            ports.clock().after(RETRY, () -> loop.submit(this::tryAgain));
        }
    }

    private void tryAgain() {
        isToTryAgain = false;
        if (!whyUnsaved.isEmpty()) {
            saveAll();
            durability.soon();
        }
    }

    /** The same for each file that it happens to. */
    private static String reason(IOException cause) {
        return cause instanceof FileSystemException failed && failed.getReason() != null
                ? failed.getReason()
                : String.valueOf(cause.getMessage());
    }

    private void tellUnsaved(IOException cause, String why) {
        System.getLogger(Apps.class.getName()).log(System.Logger.Level.ERROR, "The state can't be saved", cause);
        tellError(
                ("The state can't be saved (%s): apps are looked after, but what happens now is forgotten with this"
                                + " service. Make %s writable, with room on its disk")
                        .formatted(why, ports.home()),
                Optional.empty());
    }

    void tell(EventDraft draft) {
        ports.events().append(draft);
        if (BOUNDARIES.contains(draft.type())) {
            durability.soon();
        }
    }

    /** What was decided and told so far outlives a crash of the machine, too. */
    void secure() {
        durability.soon();
    }

    void tellError(String what, Optional<String> app, Throwable cause) {
        System.getLogger(Apps.class.getName()).log(System.Logger.Level.ERROR, what, cause);
        tellError("%s: %s. Details are in service.log".formatted(what, cause), app);
    }

    private void tellError(String message, Optional<String> app) {
        tell(new EventDraft(
                ports.clock().now().wall(), app, SERVICE_ERROR, Optional.empty(), Optional.empty(), message, Map.of()));
    }

    private void setAlarm(App app) {
        alarms.set(app.name(), Calendar.wake(app));
    }

    private void alarm(String name) {
        handle(name, new AppEvent.Tick());
        find(name).ifPresent(this::setAlarm);
    }
}
