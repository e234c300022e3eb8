package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.RestartRun;

/** Who waits for his turn, to start or to be stopped, and when it comes. On the loop. */
final class Turns {
    /** A storm that is over is told so at the latest after this time. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Apps apps;
    private final Clock clock;
    private final Loop loop;
    private final Storm.Limit limit;
    private Storm storm = Storm.NONE;

    /** What a storm brought, to be told with the change of the app that brought it. */
    private final List<EventDraft> untold = new ArrayList<>();

    /** Apps in the order of their coming, each with what it was last told. */
    private final Map<String, String> waiting = new LinkedHashMap<>();

    private Optional<Alarm> alarm = Optional.empty();

    Turns(Apps apps, Clock clock, Loop loop, Storm.Limit limit) {
        this.apps = apps;
        this.clock = clock;
        this.loop = loop;
        this.limit = limit;
    }

    /** @param due in nanoseconds of the monotonic clock */
    private record Alarm(long due, Clock.Cancellable timer) {}

    /** An app that may be told something. */
    record Turn(String app, AppEvent.OfTurn answer) {}

    /** As the service before this one left it. */
    void resume(Storm before) {
        storm = before.at(clock.now().nanos());
    }

    /** To be saved with each change of an app. */
    Storm storm() {
        return storm;
    }

    /** Given once. */
    List<EventDraft> takeUntold() {
        List<EventDraft> taken = List.copyOf(untold);
        untold.clear();
        return taken;
    }

    /** It has changed. */
    void note(App app) {
        if (app.state() instanceof AppState.Turn turn) {
            waiting.putIfAbsent(app.name(), turn.why());
        } else {
            waiting.remove(app.name());
        }
    }

    void forget(App app) {
        waiting.remove(app.name());
    }

    /** The first app that has not been told yet how it stands. */
    Optional<Turn> next() {
        for (String name : List.copyOf(waiting.keySet())) {
            Optional<Turn> turn = apps.find(name).flatMap(this::news);
            if (turn.isPresent()) {
                return turn;
            }
        }
        lookAtStorm();
        return Optional.empty();
    }

    private Optional<Turn> news(App app) {
        AppEvent.OfTurn answer = decide(app);
        String said = switch (answer) {
            case AppEvent.TurnHeld held -> held.why();
            case AppEvent.TurnCome _ -> "";
        };
        boolean isKnown = answer instanceof AppEvent.TurnHeld && said.equals(waiting.get(app.name()));
        if (answer instanceof AppEvent.TurnHeld) {
            waiting.replace(app.name(), said);
        } else {
            // Told once, whatever becomes of it.
            waiting.remove(app.name());
        }
        return isKnown ? Optional.empty() : Optional.of(new Turn(app.name(), answer));
    }

    AppEvent.OfTurn decide(App app) {
        StartOrder.Verdict verdict = switch (app.state()) {
            case AppState.Queued queued -> StartOrder.mayStart(app, queued, apps::find);
            case AppState.InLine _, AppState.AwaitingStop _ -> StartOrder.mayStop(app, apps.all());
            case AppState other -> throw new IllegalStateException("no turn is waited for in " + other);
        };
        return switch (verdict) {
            case StartOrder.Verdict.Hold(String why) -> new AppEvent.TurnHeld(app.entry(), why, true);
            case StartOrder.Verdict.Go(List<String> without) when isAfterCrash(app) -> inStorm(app, without);
            case StartOrder.Verdict.Go(List<String> without) -> new AppEvent.TurnCome(app.entry(), without);
        };
    }

    private static boolean isAfterCrash(App app) {
        return app.state() instanceof AppState.Queued
                && app.restart().map(RestartRun::reason).equals(Optional.of(Reason.CRASH));
    }

    private AppEvent.OfTurn inStorm(App app, List<String> without) {
        long nanos = clock.now().nanos();
        Duration pause = storm.pause(limit, nanos);
        if (pause.isPositive()) {
            lookAfter(pause);
            return new AppEvent.TurnHeld(
                    app.entry(), "is started a little later: many apps crash again and again", false);
        }
        Storm before = storm;
        storm = before.started(limit, isRepeated(app, nanos), nanos);
        if (storm.isOn() && !before.isOn()) {
            int crashes = storm.repeated().size();
            untold.add(event(
                    EventType.SERVICE_STORM,
                    ("Apps were started %d times within a minute only to crash again: something is wrong with this"
                                    + " machine, perhaps a full disk or a driver. Starts after crashes are spread"
                                    + " until it is over")
                            .formatted(crashes),
                    Map.of("crashes", crashes)));
        }
        return new AppEvent.TurnCome(app.entry(), without);
    }

    /** It was started after a crash a moment ago, in vain. */
    private static boolean isRepeated(App app, long nanos) {
        return app.history().crashes().stream()
                        .filter(crash -> nanos - crash < Duration.ofMinutes(1).toNanos())
                        .count()
                > 1;
    }

    private void lookAtStorm() {
        if (!storm.isOn()) {
            return;
        }
        if (waiting.isEmpty()) {
            storm = storm.look(limit, clock.now().nanos());
        }
        if (storm.isOn()) {
            lookAfter(LOOK);
        } else {
            apps.saveAndTell(event(EventType.SERVICE_CALM, "The storm of crashes is over", Map.of()));
        }
    }

    /** The earliest counts. */
    private void lookAfter(Duration delay) {
        long due = clock.now().nanos() + delay.toNanos();
        if (alarm.filter(set -> set.due() <= due).isEmpty()) {
            alarm.ifPresent(set -> set.timer().cancel());
            alarm = Optional.of(new Alarm(due, clock.after(delay, () -> loop.submit(this::lookAgain))));
        }
    }

    private void lookAgain() {
        alarm = Optional.empty();
        apps.takeTurns();
    }

    private EventDraft event(EventType type, String message, Map<String, Object> data) {
        return new EventDraft(
                clock.now().wall(), Optional.empty(), type, Optional.empty(), Optional.empty(), message, data);
    }
}
