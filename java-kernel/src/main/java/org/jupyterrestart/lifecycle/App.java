package org.jupyterrestart.lifecycle;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;

/**
 * One app: all that is saved about it. Only {@link AppMachine} and its helpers change state and wish.
 *
 * @param entry counts the states it has entered: results and timers of an earlier one are stale
 * @param since when it entered this state
 * @param isEnabled whether automatic restarts are on
 * @param restart the restart under way
 * @param planned the next scheduled restart
 * @param hello what it said of itself, if it was adopted
 */
public record App(
        AppSpec spec,
        AppState state,
        long entry,
        Now since,
        Wanted wanted,
        boolean isEnabled,
        Optional<RestartRun> restart,
        Optional<PlannedRestart> planned,
        Optional<Hello> hello,
        History history) {
    /** What the user wants, apart from what is. */
    public enum Wanted {
        UP,
        DOWN,
        /** Down as long as this service is there: it ends, takes its apps along, and the next one starts them again. */
        UP_AGAIN
    }

    /**
     * An app that is not known.
     *
     * @param number behind which its restarts and starts are counted: one of its name may have been known before
     */
    public static App first(AppSpec spec, long number, Now now) {
        return new App(
                spec,
                new AppState.Stopped(),
                number,
                now,
                spec.autostart() && spec.program().isPresent() ? Wanted.UP : Wanted.DOWN,
                spec.enabled(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                History.from(number));
    }

    /** The same, where a process carries {@code marker}: whatever was known of it is lost. */
    public App foundBy(String marker) {
        // Markers are numbered by entries: a later one must not be a marker that is in use.
        long number = Long.parseLong(marker.substring(marker.lastIndexOf('-') + 1));
        return new App(
                spec,
                new AppState.Spawning(marker),
                number,
                since,
                Wanted.UP,
                isEnabled,
                restart,
                planned,
                hello,
                history);
    }

    public String name() {
        return spec.name();
    }

    public boolean isWantedUp() {
        return wanted == Wanted.UP;
    }

    /** The same for the service that comes next. */
    public App forNextService() {
        return wanted == Wanted.UP_AGAIN ? wanting(Wanted.UP) : this;
    }

    /** As it says itself, else as its spec says. */
    public Life life() {
        return hello.map(Hello::life).orElse(spec.life());
    }

    /** How it can be started. */
    public Optional<Program> program() {
        return hello.flatMap(Hello::respawn).or(spec::program);
    }

    /** The TCP ports that must be free before it is started; a server that replaces itself chooses its first one itself. */
    public Set<Integer> ports() {
        Set<Integer> ports = new TreeSet<>(life() instanceof Life.InPlace ? Set.of() : spec.ports());
        hello.map(Hello::port).ifPresent(port -> port.ifPresent(ports::add));
        return ports;
    }

    /** Whether this restart is under way. */
    boolean isIn(String restartId) {
        return restart.map(RestartRun::id).filter(restartId::equals).isPresent();
    }

    /** Whether a restart for this reason would have the app replace itself; one that hangs can't. */
    public boolean isReplacedFor(Reason reason) {
        return life() instanceof Life.InPlace && reason != Reason.HANG;
    }

    /** Whether what it has started outlives the end that is under way: a server that hangs is ended, its kernels not. */
    boolean isOutlivedByTree() {
        return isWantedUp()
                && life() instanceof Life.InPlace
                && restart.filter(run -> run.reason() == Reason.HANG).isPresent();
    }

    /** Whether a server stands by that takes over when the one that serves ends. */
    boolean hasStandby() {
        return hello.filter(it -> it.standbyPid().isPresent()).isPresent();
    }

    /** What its spec says, but that none stands by for an app that crashes again and again, or is to stay down. */
    public AppSpec.Standby standby(Now now) {
        boolean isAgainstCrashes = spec.standby() == AppSpec.Standby.ALWAYS;
        return isAgainstCrashes && !spec.restart().isForgiving(history.crashes(), now.nanos())
                ? AppSpec.Standby.RESTART
                : spec.standby();
    }

    /** Whether a restart for this reason could bring it up again. */
    public boolean canRestart(Reason reason) {
        return program().isPresent()
                || (isReplacedFor(reason) || hasStandby()) && state.process().isPresent();
    }

    /** The same app under a new spec. */
    public App with(AppSpec newSpec) {
        return new App(newSpec, state, entry, since, wanted, isEnabled, restart, planned, hello, history);
    }

    App enter(AppState next, Now now) {
        return new App(spec, next, entry + 1, now, wanted, isEnabled, restart, planned, hello, history);
    }

    /** The same state with newer data. */
    App with(AppState newer) {
        return new App(spec, newer, entry, since, wanted, isEnabled, restart, planned, hello, history);
    }

    /** The same app, wished otherwise; without a step of the machine nothing comes of it until the service starts. */
    public App wanting(Wanted wish) {
        return new App(spec, state, entry, since, wish, isEnabled, restart, planned, hello, history);
    }

    App enabled(boolean enabled) {
        return new App(spec, state, entry, since, wanted, enabled, restart, planned, hello, history);
    }

    App withRestart(Optional<RestartRun> run) {
        return new App(spec, state, entry, since, wanted, isEnabled, run, planned, hello, history);
    }

    App withPlanned(Optional<PlannedRestart> next) {
        return new App(spec, state, entry, since, wanted, isEnabled, restart, next, hello, history);
    }

    App withHello(Hello said) {
        return new App(spec, state, entry, since, wanted, isEnabled, restart, planned, Optional.of(said), history);
    }

    App withHistory(History newer) {
        return new App(spec, state, entry, since, wanted, isEnabled, restart, planned, hello, newer);
    }
}
