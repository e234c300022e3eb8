package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_DISABLED;
import static org.jupyterrestart.event.EventType.APP_ENABLED;
import static org.jupyterrestart.event.EventType.RESTART_POSTPONED;
import static org.jupyterrestart.event.EventType.RESTART_SCHEDULED;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.AppEvent.ClockSet;
import org.jupyterrestart.lifecycle.AppEvent.Enable;
import org.jupyterrestart.lifecycle.AppEvent.Postpone;
import org.jupyterrestart.lifecycle.AppEvent.RestartIn;
import org.jupyterrestart.lifecycle.AppEvent.ScheduleEvent;
import org.jupyterrestart.lifecycle.AppEvent.Tick;
import org.jupyterrestart.lifecycle.AppState.Running;

/** When an app's next restart comes, by the wall clock. Whether it comes is the machine's affair. */
public final class Calendar {
    /** A fire this late was missed: nobody was there at its time. */
    private static final Duration LATE = Duration.ofMinutes(1);

    /** A clock that is set back further was wrong; less may be a correction, and no calendar time comes twice by it. */
    private static final Duration CORRECTION = Duration.ofHours(3);

    private final CronLines cron;

    public Calendar(CronLines cron) {
        this.cron = cron;
    }

    /** Plans the next scheduled restart anew. */
    App plan(App app, Now now) {
        return app.withPlanned(next(app, now.wall()).map(PlannedRestart::bySchedule));
    }

    /** Keeps what is planned, unless it is over. */
    App keepPlan(App app, Now now) {
        return app.planned().filter(planned -> planned.at().isAfter(now.wall())).isPresent() ? app : plan(app, now);
    }

    /** The next {@code n} scheduled restarts, the planned one first; as if each came at its time. */
    public List<Instant> fires(App app, int n, Now now) {
        return Stream.iterate(
                        app.planned().map(PlannedRestart::at).or(() -> next(app, now.wall())),
                        Optional::isPresent,
                        fire -> fire.flatMap(at -> next(app, at)))
                .limit(n)
                .map(Optional::get)
                .toList();
    }

    Optional<Instant> next(App app, Instant after) {
        // Each restart draws its own jitter, and each app another.
        long draw = app.name().hashCode() * 31L + app.history().begun();
        return app.spec().schedule().next(after, draw, cron);
    }

    /** Whether the planned restart is to be made now. */
    boolean isDue(App app, Now now) {
        return app.state() instanceof Running
                && app.planned().filter(planned -> isDue(app, planned, now)).isPresent();
    }

    private static boolean isDue(App app, PlannedRestart planned, Now now) {
        boolean isMissed = planned.at().plus(LATE).isBefore(now.wall());
        return !planned.at().isAfter(now.wall())
                && isWanted(app, planned)
                && app.canRestart(Reason.SCHEDULED)
                && (!isMissed || planned.isByHand() || app.spec().schedule().missed() == Schedule.Missed.ONCE);
    }

    /** The moment at which {@link Tick} has something to say. */
    public static Optional<Instant> wake(App app) {
        return app.planned().map(planned -> isToBeAnnounced(app, planned) ? announcement(app, planned) : planned.at());
    }

    Step step(App app, ScheduleEvent event, Now now) {
        return switch (event) {
            case Tick _ -> app.planned().map(planned -> tick(app, planned, now)).orElse(Step.of(app));
            case Postpone(Duration by) ->
                app.planned()
                        .map(planned -> told(app, planned.by(by).unannounced(), true, now))
                        .orElse(Step.of(app));
            case RestartIn(Duration delay) ->
                told(app, new PlannedRestart(now.wall().plus(delay), true, false), false, now);
            case Enable(boolean isOn) -> enable(app, isOn, now);
            case ClockSet(Duration by) -> Step.of(clockSet(app, by, now));
        };
    }

    private Step tick(App app, PlannedRestart planned, Now now) {
        if (!planned.at().isAfter(now.wall())) {
            return Step.of(plan(app, now)); // Passed over: not now, not here, or not wanted.
        }
        if (isToBeAnnounced(app, planned) && !announcement(app, planned).isAfter(now.wall())) {
            App announced = app.withPlanned(Optional.of(new PlannedRestart(planned.at(), planned.isByHand(), true)));
            return app.state() instanceof Running
                    ? Step.of(announced).tell(scheduled(announced, planned, now))
                    : Step.of(announced);
        }
        return Step.of(app);
    }

    private static Step told(App app, PlannedRestart planned, boolean isPostponed, Now now) {
        App later = app.withPlanned(Optional.of(planned));
        return Step.of(later)
                .tell(
                        isPostponed
                                ? Story.tell(
                                        later,
                                        RESTART_POSTPONED,
                                        "The next restart of %s is postponed".formatted(Story.title(app)),
                                        at(app, planned),
                                        now)
                                : scheduled(later, planned, now));
    }

    private static EventDraft scheduled(App app, PlannedRestart planned, Now now) {
        return Story.tell(
                app,
                RESTART_SCHEDULED,
                "%s restarts in %s"
                        .formatted(Story.title(app), Story.words(Duration.between(now.wall(), planned.at()))),
                at(app, planned),
                now);
    }

    /** Distances are kept, and calendar times are those of the new clock. */
    private App clockSet(App app, Duration by, Now now) {
        return app.planned()
                .map(planned -> {
                    Schedule schedule = app.spec().schedule();
                    if (schedule instanceof Schedule.Cron && !planned.isByHand()) {
                        return by.plus(CORRECTION).isNegative() ? plan(app, now) : app;
                    }
                    PlannedRestart moved = planned.by(by);
                    return app.withPlanned(
                            Optional.of(planned.isByHand() ? moved : moved.at(schedule.outsideQuiet(moved.at()))));
                })
                .orElse(app);
    }

    private Step enable(App app, boolean isOn, Now now) {
        if (app.isEnabled() == isOn) {
            return Step.of(app);
        }
        App changed = app.state() instanceof Running ? keepPlan(app.enabled(isOn), now) : app.enabled(isOn);
        return Step.of(changed)
                .tell(Story.tell(
                        changed,
                        isOn ? APP_ENABLED : APP_DISABLED,
                        "Automatic restarts of %s are %s".formatted(Story.title(app), isOn ? "on" : "off"),
                        Story.nextRestart(changed),
                        now));
    }

    private static Map<String, Object> at(App app, PlannedRestart planned) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("at", planned.at().toString());
        data.put("next_restart", planned.at().toString());
        data.put("notice_s", app.spec().notice().toSeconds());
        return data;
    }

    private static boolean isToBeAnnounced(App app, PlannedRestart planned) {
        return app.spec().notice().isPositive() && !planned.isAnnounced() && isWanted(app, planned);
    }

    private static Instant announcement(App app, PlannedRestart planned) {
        return planned.at().minus(app.spec().notice());
    }

    private static boolean isWanted(App app, PlannedRestart planned) {
        return app.isEnabled() || planned.isByHand();
    }
}
