package org.jupyterrestart.supervisor;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Hello;
import org.jupyterrestart.lifecycle.History;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.PlannedRestart;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.supervisor.AppPlan.PlanStep;
import org.jupyterrestart.supervisor.AppView.RestartView;

/** Apps as users see them. Pure. */
final class Views {
    private Views() {}

    /**
     * What was seen of it besides its state.
     *
     * @param resident what its tree has, in bytes
     * @param gpu likewise, of GPUs
     */
    record Seen(OptionalLong resident, OptionalLong gpu, Optional<String> busyWith, List<Note> notes) {}

    static AppView app(App app, Seen seen, Now now) {
        Optional<Now> ready = app.state().process().flatMap(Instance::ready);
        Optional<Instant> next = app.planned()
                .filter(planned -> app.isEnabled() || planned.isByHand())
                .map(PlannedRestart::at);
        return new AppView(
                app.name(),
                app.spec().title(),
                app.spec().preset(),
                app.life() instanceof Life.InPlace,
                app.state().wireName(),
                app.isWantedUp(),
                pid(app),
                app.hello().map(Hello::servingPid).orElse(OptionalInt.empty()),
                app.state().process().isPresent()
                        ? app.hello().map(Hello::standbyPid).orElse(OptionalInt.empty())
                        : OptionalInt.empty(),
                app.hello().map(Hello::port).orElse(OptionalInt.empty()),
                app.isEnabled(),
                ready.map(Now::wall),
                seconds(ready.map(since -> Duration.ofNanos(now.nanos() - since.nanos()))),
                next,
                seconds(next.map(at -> Duration.between(now.wall(), at))),
                startsIn(app, now),
                app.history().last().map(History.LastRestart::at),
                app.history().last().map(History.LastRestart::reason),
                app.history().completed(),
                seen.resident(),
                seen.gpu(),
                app.restart()
                        .map(run -> new RestartView(
                                run.id(),
                                run.reason(),
                                app.state().stepName(),
                                app.since().wall(),
                                app.state().ends().map(deadline -> deadline.at()))),
                message(app).or(() -> seen.busyWith().map("Busy: %s"::formatted)),
                notes(app, seen),
                app.standby(now).name().toLowerCase(Locale.ROOT),
                app.spec().limits().kernelMemory());
    }

    /** Not of one that waits for its turn, or for something in its way: that comes when it comes. */
    private static OptionalLong startsIn(App app, Now now) {
        return app.state() instanceof AppState.Waiting waiting
                ? seconds(Optional.of(waiting.deadline().remaining(now)))
                : OptionalLong.empty();
    }

    private static List<Note> notes(App app, Seen seen) {
        Optional<Hello> ofProcess =
                app.hello().filter(_ -> app.state().process().isPresent());
        return Stream.concat(ofProcess.map(Hello::notes).orElse(List.of()).stream(), seen.notes().stream())
                .toList();
    }

    private static OptionalInt pid(App app) {
        // While a tree is verified, its main process is gone.
        return app.state() instanceof AppState.Verifying || app.state() instanceof AppState.Reclaiming
                ? OptionalInt.empty()
                : app.state()
                        .process()
                        .map(instance -> OptionalInt.of(instance.identity().pid()))
                        .orElse(OptionalInt.empty());
    }

    private static Optional<String> message(App app) {
        return switch (app.state()) {
            case AppState.Stopping stopping
            when stopping.stage() >= app.spec().stop().stages().size() ->
                Optional.of("Waits for the end of its main process (pid %d), which KILL has not ended yet"
                        .formatted(stopping.instance().identity().pid()));
            case AppState.Failed failed -> Optional.of(failed.why());
            case AppState.Waiting waiting -> Optional.of(waiting.why());
            case AppState.Turn turn ->
                Optional.of("It " + turn.why()).filter(_ -> !turn.why().isEmpty());
            case AppState.Blocked blocked -> Optional.of(blocked.why());
            case AppState.Reclaiming _ -> Optional.of("Waits for its GPU memory to come back");
            case AppState.Verifying verifying
            when !verifying.survivors().isEmpty() ->
                Optional.of("Waits for the end of " + String.join(", ", verifying.survivors()));
            case AppState.AwaitingIdle waiting ->
                waiting.busyWith().map("Waits for an idle moment. It is busy: %s"::formatted);
            case AppState.Stopped _, AppState.Spawning _, AppState.Alive _ -> Optional.empty();
        };
    }

    private static OptionalLong seconds(Optional<Duration> time) {
        return time.map(length -> OptionalLong.of(Math.max(0, length.toSeconds())))
                .orElse(OptionalLong.empty());
    }

    /** @param busyWith what it was seen to be busy with just now; empty where it was idle, or was not asked */
    static AppPlan plan(App app, List<Instant> fires, int tabs, Optional<String> busyWith) {
        List<String> blocked = new ArrayList<>();
        if (!app.isEnabled()) {
            blocked.add("Automatic restarts are off");
        }
        if (!app.canRestart(Reason.SCHEDULED)) {
            blocked.add("The service does not know how to start it again");
        }
        if (!(app.state() instanceof AppState.Running)) {
            blocked.add("It is %s".formatted(app.state().wireName()));
        }
        return new AppPlan(app.name(), fires, steps(app, tabs, busyWith), blocked);
    }

    private static List<PlanStep> steps(App app, int tabs, Optional<String> busyWith) {
        List<PlanStep> steps = new ArrayList<>();
        idleWait(app).ifPresent(steps::add);
        steps.add(hooks("preparing", app.spec().hooks().before()));
        if (app.isReplacedFor(Reason.SCHEDULED) && app.life() instanceof Life.InPlace(Duration saveLimit)) {
            String what = "save documents in %d open browser tab%s".formatted(tabs, tabs == 1 ? "" : "s");
            steps.add(new PlanStep("draining", what, Optional.of(saveLimit)));
            steps.add(new PlanStep(
                    "starting",
                    "the app replaces itself and says hello",
                    Optional.of(app.spec().startGrace())));
        } else {
            if (app.spec().work() == AppSpec.Work.PROMPTS) {
                steps.add(new PlanStep(
                        "draining",
                        "hold the queue; let the running prompt end, else interrupt it, to be run again",
                        Optional.of(app.spec().drainLimit())));
            }
            steps.add(new PlanStep("stopping", signals(app.spec().stop()), Optional.empty()));
            steps.add(new PlanStep(
                    "verifying",
                    "wait until every process of it is gone and its GPU memory is back",
                    Optional.empty()));
            if (!app.spec().dependsOn().isEmpty()) {
                steps.add(new PlanStep(
                        "starting",
                        "wait until what it depends on is ready: "
                                + String.join(", ", app.spec().dependsOn()),
                        Optional.of(app.spec().startGrace())));
            }
            steps.add(new PlanStep(
                    "starting",
                    "start it and wait until it is ready",
                    Optional.of(app.spec().startGrace())));
        }
        if (app.spec().work() == AppSpec.Work.PROMPTS) {
            String now = busyWith.map("; now: %s"::formatted).orElse("");
            steps.add(new PlanStep("restoring", "put its queue back, in order" + now, Optional.empty()));
        }
        steps.add(hooks("restoring", app.spec().hooks().after()));
        return steps;
    }

    private static Optional<PlanStep> idleWait(App app) {
        Optional<String> what = switch (app.spec().work()) {
            case NONE -> Optional.empty();
            case KERNELS -> Optional.of("if scheduled, wait until no kernel is busy");
            case PROMPTS -> Optional.of("if scheduled, wait until its queue is empty");
            case REQUESTS -> Optional.of("if scheduled, wait until it works on no request");
        };
        return what.filter(_ -> app.spec().whenIdle().isPositive())
                .map(text ->
                        new PlanStep("preparing", text, Optional.of(app.spec().whenIdle())));
    }

    private static PlanStep hooks(String step, List<Hook> hooks) {
        return new PlanStep(
                step,
                hooks.isEmpty()
                        ? "no hooks to run"
                        : "run %d hook%s".formatted(hooks.size(), hooks.size() == 1 ? "" : "s"),
                hooks.stream().map(Hook::timeout).reduce(Duration::plus));
    }

    private static String signals(StopSequence stop) {
        return "send "
                + stop.stages().stream()
                        .map(stage -> stage.signal() == StopSequence.KILL
                                ? "KILL"
                                : "%s and wait %s".formatted(stage.signalName(), Durations.format(stage.grace())))
                        .collect(joining(", then "));
    }
}
