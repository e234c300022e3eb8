package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.RESTART_PREPARING;
import static org.jupyterrestart.event.EventType.RESTART_RESTORING;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.CheckGpus;
import org.jupyterrestart.lifecycle.Action.CheckTree;
import org.jupyterrestart.lifecycle.Action.CheckWay;
import org.jupyterrestart.lifecycle.Action.EndProbe;
import org.jupyterrestart.lifecycle.Action.Find;
import org.jupyterrestart.lifecycle.Action.FreeGpuMemory;
import org.jupyterrestart.lifecycle.Action.ListTabs;
import org.jupyterrestart.lifecycle.Action.Probe;
import org.jupyterrestart.lifecycle.Action.RunFailureHooks;
import org.jupyterrestart.lifecycle.Action.RunHooks;
import org.jupyterrestart.lifecycle.Action.SetTimer;
import org.jupyterrestart.lifecycle.Action.SignalMain;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.Action.Spawn;
import org.jupyterrestart.lifecycle.Action.Watch;
import org.jupyterrestart.lifecycle.AppState.AwaitingIdle;
import org.jupyterrestart.lifecycle.AppState.AwaitingStop;
import org.jupyterrestart.lifecycle.AppState.Blocked;
import org.jupyterrestart.lifecycle.AppState.Draining;
import org.jupyterrestart.lifecycle.AppState.DrainingWork;
import org.jupyterrestart.lifecycle.AppState.Failed;
import org.jupyterrestart.lifecycle.AppState.InLine;
import org.jupyterrestart.lifecycle.AppState.Leaving;
import org.jupyterrestart.lifecycle.AppState.Preparing;
import org.jupyterrestart.lifecycle.AppState.Queued;
import org.jupyterrestart.lifecycle.AppState.Reclaiming;
import org.jupyterrestart.lifecycle.AppState.Replacing;
import org.jupyterrestart.lifecycle.AppState.Restoring;
import org.jupyterrestart.lifecycle.AppState.RestoringWork;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Spawning;
import org.jupyterrestart.lifecycle.AppState.Starting;
import org.jupyterrestart.lifecycle.AppState.Stopped;
import org.jupyterrestart.lifecycle.AppState.Stopping;
import org.jupyterrestart.lifecycle.AppState.Verifying;
import org.jupyterrestart.lifecycle.AppState.Waiting;

/**
 * What must be going on in each state. Entering a state begins it; a service that comes back begins it again, which is
 * why a kill of the service between a decision and its deeds loses nothing.
 */
final class Duties {
    private static final List<String> ASKABLE = List.of("http://", "https://", "http+unix://");

    private static final Set<EventType> FAILURES =
            EnumSet.of(EventType.RESTART_FAILED, EventType.APP_CRASH_LOOP, EventType.APP_FAILED);

    private Duties() {}

    static Step enter(App app, AppState state, Now now) {
        App entered = app.enter(state, now);
        return Step.of(entered).act(onEntry(entered, now));
    }

    static List<Action> onEntry(App app, Now now) {
        List<Action> duties = new ArrayList<>(watch(app));
        duties.addAll(work(app));
        duties.addAll(timer(app, now));
        return duties;
    }

    static List<Action> onReturn(App app, Now now) {
        return app.state() instanceof Spawning(String marker) ? List.of(new Find(marker)) : onEntry(app, now);
    }

    /** What the user wants done when a restart failed or an app stays down; once, however much the step tells of it. */
    static Step afterFailure(Step step) {
        List<Hook> hooks = step.app().spec().hooks().onFailure();
        Optional<EventDraft> failure = hooks.isEmpty()
                ? Optional.empty()
                : step.told().stream()
                        .filter(told -> FAILURES.contains(told.type()))
                        .findFirst();
        return failure.map(told -> step.act(List.of(new RunFailureHooks(told, hooks))))
                .orElse(step);
    }

    static Action signal(App app, Instance instance, int stage) {
        int signal = app.spec().stop().stage(stage).signal();
        return app.isOutlivedByTree()
                ? new SignalMain(instance.identity(), signal)
                : new SignalTree(instance, signal, app.spec().keep());
    }

    static CheckTree check(App app, Instance instance, Duration delay) {
        return new CheckTree(instance, app.spec().keep(), delay);
    }

    static CheckWay checkWay(App app, Duration delay) {
        return new CheckWay(app.entry(), delay);
    }

    static CheckGpus checkGpus(App app, Instance instance, Duration delay) {
        return new CheckGpus(app.entry(), instance, app.spec().keep(), delay);
    }

    private static List<Action> watch(App app) {
        return app.state()
                .process()
                .map(instance -> List.<Action>of(new Watch(instance.identity())))
                .orElse(List.of());
    }

    private static List<Action> work(App app) {
        return switch (app.state()) {
            case Stopped _, Failed _, Waiting _, Queued _, InLine _, AwaitingStop _, Leaving _ -> List.of();
            case Blocked _ -> List.of(checkWay(app, Duration.ZERO));
            case Spawning it ->
                app.program()
                        .map(program -> List.<Action>of(new Spawn(it.marker(), program)))
                        .orElse(List.of());
            case Starting it -> probe(app, it.instance());
            case Running it -> running(app, it.instance());
            case AwaitingIdle it ->
                Stream.concat(probe(app, it.instance()).stream(), Stream.of(ask(app, Work.Ask.LOOK)))
                        .toList();
            case Preparing _ ->
                List.of(new RunHooks(
                        app.entry(), RESTART_PREPARING, app.spec().hooks().before()));
            case DrainingWork it -> List.of(ask(app, it.ask()));
            case RestoringWork _ -> List.of(ask(app, Work.Ask.RESTORE));
            case Replacing it -> stir(app, it.instance());
            case Draining it -> it.isAsked() ? List.of() : List.of(new ListTabs(app.entry()));
            case Restoring _ ->
                List.of(new RunHooks(
                        app.entry(), RESTART_RESTORING, app.spec().hooks().after()));
            case Stopping it -> List.of(signal(app, it.instance(), it.stage()));
            case Verifying it -> List.of(check(app, it.instance(), Duration.ZERO));
            case Reclaiming it -> List.of(checkGpus(app, it.instance(), Duration.ZERO));
        };
    }

    private static List<Action> running(App app, Instance instance) {
        boolean isAsked = instance.has(new Remark(Limits.Resource.GPU_MEMORY, Remark.What.ASKED));
        return isAsked
                ? Stream.concat(probe(app, instance).stream(), Stream.of(new FreeGpuMemory(instance)))
                        .toList()
                : probe(app, instance);
    }

    /** In place of the probe before it. */
    static List<Action> probeAnew(App app) {
        return switch (app.state()) {
            case Starting it when isProbed(app) -> probe(app, it.instance());
            case Running it when isProbed(app) -> probe(app, it.instance());
            case AwaitingIdle it when isProbed(app) -> probe(app, it.instance());
            case AppState _ -> List.of(new EndProbe());
        };
    }

    private static boolean isProbed(App app) {
        return probeOf(app).isPresent();
    }

    private static Action ask(App app, Work.Ask ask) {
        return new Action.AskWork(app.entry(), ask, Duration.ZERO);
    }

    private static List<Action> probe(App app, Instance instance) {
        return probeOf(app)
                .map(spec -> List.<Action>of(new Probe(instance, spec)))
                .orElse(List.of());
    }

    /** While it starts it is the hello that is waited for, not an answer. */
    private static Optional<ProbeSpec> probeOf(App app) {
        return app.state() instanceof Starting
                ? app.spec().probe()
                : app.spec().probe().or(() -> usualProbe(app));
    }

    /**
     * A server that is halted or stuck still takes connections, but does not answer. This it answers without a token;
     * a refusal would be an answer, too.
     */
    private static Optional<ProbeSpec> usualProbe(App app) {
        return app.life() instanceof Life.InPlace
                ? askable(app).map(url -> usual(new ProbeSpec.Check.LifeSign(url)))
                : Optional.empty();
    }

    /** One that replaces itself may be long without an answer; that it is halted in the middle of it is seen all the same. */
    private static List<Action> stir(App app, Instance instance) {
        return app.restart().filter(run -> app.isReplacedFor(run.reason())).flatMap(_ -> askable(app)).stream()
                .<Action>map(url -> new Probe(instance, usual(new ProbeSpec.Check.Stir(url))))
                .toList();
    }

    private static Optional<String> askable(App app) {
        return app.hello()
                .flatMap(Hello::url)
                .filter(url -> ASKABLE.stream().anyMatch(url::startsWith))
                .map(url -> url.endsWith("/") ? url + "api" : url + "/api");
    }

    private static ProbeSpec usual(ProbeSpec.Check check) {
        return new ProbeSpec(check, ProbeSpec.EVERY, ProbeSpec.TIMEOUT, ProbeSpec.FAILURES);
    }

    private static List<Action> timer(App app, Now now) {
        return app.state()
                .ends()
                .map(deadline -> List.<Action>of(new SetTimer(app.entry(), deadline.remaining(now))))
                .orElse(List.of());
    }
}
