package org.jupyterrestart.lifecycle;

import static org.jupyterrestart.event.EventType.APP_MEMORY_FREED;
import static org.jupyterrestart.event.EventType.LIMIT_PREDICTED;
import static org.jupyterrestart.event.EventType.LIMIT_REACHED;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.AppEvent.Foreseen;
import org.jupyterrestart.lifecycle.AppEvent.Freed;
import org.jupyterrestart.lifecycle.AppEvent.Measured;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.History.LastRestart;
import org.jupyterrestart.lifecycle.Remark.What;

/**
 * What it means that an app nears or passes a limit: each is told once, and a restart follows where it can help. It
 * can't help an app that needs more than its limit as soon as it is ready, nor one that was restarted for the same
 * reason a moment ago: no limit makes a loop of restarts.
 */
final class Limiting {
    /** Within by less than a tenth is no news: the next moment it may be beyond again. */
    private static final double MARGIN = 0.1;

    private static final Remark ASKED = new Remark(Resource.GPU_MEMORY, What.ASKED);
    private static final Remark FREED = new Remark(Resource.GPU_MEMORY, What.FREED);
    private static final Remark ASKED_AHEAD = new Remark(Resource.GPU_MEMORY, What.ASKED_AHEAD);

    private final Restarting restarting;

    Limiting(Restarting restarting) {
        this.restarting = restarting;
    }

    Step measured(App app, Instance instance, Measured it, Now now) {
        long limit = app.spec().limits().of(it.resource()).orElse(Long.MAX_VALUE);
        if (app.spec().limits().of(it.resource()).isEmpty()) {
            return Step.of(app);
        }
        if (!it.resource().isPassed(it.amount(), limit)) {
            return Step.of(remarked(app, within(instance, it, limit)));
        }
        Remark passed = new Remark(it.resource(), What.PASSED);
        Optional<String> obstacle = obstacle(app, instance, it, limit, now);
        App known = remarked(app, instance.with(passed));
        Step told = instance.has(passed)
                ? Step.of(known)
                : Step.of(known).tell(passed(app, it, limit, obstacle.map(" "::concat), now));
        return obstacle.isPresent() || instance.has(ASKED)
                ? told
                // What may be enough comes first, once for each time that the limit is passed.
                : told.then(next -> isFreeable(next, it.resource()) && !instance.has(FREED)
                        ? ask(next, ASKED)
                        : restart(next, it.resource(), now));
    }

    private static boolean isFreeable(App app, Resource resource) {
        return resource == Resource.GPU_MEMORY && app.spec().canFree();
    }

    private static Step ask(App app, Remark why) {
        return app.state() instanceof Running(Instance instance)
                ? Step.of(remarked(app, instance.with(ASKED).with(why)))
                        .act(List.of(new Action.FreeGpuMemory(instance)))
                : Step.of(app);
    }

    /** It was not enough where the limit was passed and it is not clearly within it now. */
    Step freed(App app, Instance instance, Freed it, Now now) {
        if (!instance.has(ASKED)) {
            return Step.of(app);
        }
        OptionalLong limit = app.spec().limits().of(Resource.GPU_MEMORY);
        App known = remarked(app, instance.without(ASKED).with(FREED));
        Step told = Step.of(known).tell(freed(app, it, now));
        boolean isEnough = limit.isEmpty()
                || !instance.has(new Remark(Resource.GPU_MEMORY, What.PASSED))
                || it.problem().isEmpty() && it.after() < (1 - MARGIN) * limit.getAsLong();
        return isEnough || !mayRestart(known, instance, Resource.GPU_MEMORY, now)
                ? told
                : told.then(next -> restart(next, Resource.GPU_MEMORY, now));
    }

    private static EventDraft freed(App app, Freed it, Now now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("before_bytes", it.before());
        data.put("after_bytes", it.after());
        it.problem().ifPresent(why -> data.put("problem", why));
        String message = it.problem()
                .map(why -> "%s could not be asked to give GPU memory back: %s".formatted(Story.title(app), why))
                .orElseGet(() -> "%s was asked to give GPU memory back: it had %s, and has %s now"
                        .formatted(Story.title(app), Story.size(it.before()), Story.size(it.after())));
        return Story.tell(app, APP_MEMORY_FREED, message, data, now);
    }

    /** Nothing where a planned restart comes before. */
    Step foreseen(App app, Instance instance, Foreseen it, Now now) {
        Instant at = now.wall().plus(it.left());
        boolean isPlannedBefore = app.isEnabled()
                && app.planned().filter(planned -> planned.at().isBefore(at)).isPresent();
        if (app.spec().limits().of(it.resource()).isEmpty() || isPlannedBefore) {
            return Step.of(app);
        }
        Remark foreseen = new Remark(it.resource(), What.FORESEEN);
        App known = remarked(app, instance.with(foreseen));
        Step told = instance.has(foreseen) ? Step.of(known) : Step.of(known).tell(foreseen(app, it, at, now));
        boolean isTime = it.left().compareTo(app.spec().whenIdle()) <= 0;
        return !isTime || instance.has(ASKED) || !mayRestart(app, instance, it.resource(), now)
                ? told
                // What may be enough comes first, once: where it was, nothing is foreseen any more.
                : told.then(next -> isFreeable(next, it.resource()) && !instance.has(ASKED_AHEAD)
                        ? ask(next, ASKED_AHEAD)
                        : restartWhenIdle(next, it.resource(), now));
    }

    private Step restart(App app, Resource resource, Now now) {
        return app.state() instanceof Running(Instance instance)
                ? restarting.prepare(app, instance, reason(resource), now)
                : Step.of(app);
    }

    private Step restartWhenIdle(App app, Resource resource, Now now) {
        return app.state() instanceof Running(Instance instance)
                ? restarting.prepareWhenIdle(app, instance, reason(resource), now)
                : Step.of(app);
    }

    private static Instance within(Instance instance, Measured it, long limit) {
        long margin = (long) (limit * MARGIN);
        boolean isWell =
                !it.resource().isPassed(it.amount(), it.resource() == Resource.DISK ? limit + margin : limit - margin);
        Instance seen = instance.with(new Remark(it.resource(), What.WITHIN));
        Instance well = it.resource() == Resource.GPU_MEMORY ? seen.without(FREED) : seen;
        return isWell ? well.without(new Remark(it.resource(), What.PASSED)) : seen;
    }

    private static App remarked(App app, Instance instance) {
        return app.with(new Running(instance));
    }

    /** Why a restart is not made, for people. */
    private static Optional<String> obstacle(App app, Instance instance, Measured it, long limit, Now now) {
        if (it.resource() == Resource.DISK && it.amount() + it.held() < limit) {
            return Optional.of("A restart would not free enough, so there is none: make room on its disk.");
        }
        if (it.resource() != Resource.DISK && !instance.has(new Remark(it.resource(), What.WITHIN))) {
            return Optional.of("It has needed more since it started, so a restart would not help: raise the limit.");
        }
        return mayRestart(app, instance, it.resource(), now)
                ? Optional.empty()
                : Optional.of(
                        app.isEnabled()
                                ? "It was restarted for this a moment ago, and is not again so soon: raise the limit."
                                : "Automatic restarts are off.");
    }

    /** Restarts for one limit are at least as far apart as crashes that have nothing to do with each other. */
    private static boolean mayRestart(App app, Instance instance, Resource resource, Now now) {
        Duration apart = app.spec().restart().reset();
        boolean isYoung = now.nanos() - instance.ready().orElse(now).nanos() < apart.toNanos();
        boolean wasForThis = app.history()
                .last()
                .map(LastRestart::reason)
                .filter(reason(resource)::equals)
                .isPresent();
        return app.isEnabled() && app.canRestart(reason(resource)) && !(isYoung && wasForThis);
    }

    private static Reason reason(Resource resource) {
        return switch (resource) {
            case MEMORY -> Reason.MEMORY;
            case GPU_MEMORY -> Reason.GPU_MEMORY;
            case DISK -> Reason.DISK;
        };
    }

    private static EventDraft passed(App app, Measured it, long limit, Optional<String> hint, Now now) {
        String what = it.resource() == Resource.DISK
                ? "The disk of %s has %s free, less than its %s of %s."
                : "%s has %s of %s, and its limit is %s.";
        String message = it.resource() == Resource.DISK
                ? what.formatted(Story.title(app), Story.size(it.amount()), key(it.resource()), Story.size(limit))
                : what.formatted(Story.title(app), Story.size(it.amount()), noun(it.resource()), Story.size(limit));
        return Story.tell(app, LIMIT_REACHED, message + hint.orElse(""), data(it.resource(), it.amount(), limit), now);
    }

    private static EventDraft foreseen(App app, Foreseen it, Instant at, Now now) {
        long limit = app.spec().limits().of(it.resource()).orElseThrow();
        Map<String, Object> data = data(it.resource(), it.amount(), limit);
        data.put("at", at.toString());
        data.put("left_s", it.left().toSeconds());
        String message = "%s has %s of %s, and reaches its limit of %s in about %s"
                .formatted(
                        Story.title(app),
                        Story.size(it.amount()),
                        noun(it.resource()),
                        Story.size(limit),
                        Story.words(it.left()));
        return Story.tell(app, LIMIT_PREDICTED, message, data, now);
    }

    private static Map<String, Object> data(Resource resource, long amount, long limit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("limit", key(resource));
        data.put("bytes", amount);
        data.put("limit_bytes", limit);
        return data;
    }

    private static String key(Resource resource) {
        return switch (resource) {
            case MEMORY -> "memory_limit";
            case GPU_MEMORY -> "gpu_memory_limit";
            case DISK -> "disk_min_free";
        };
    }

    private static String noun(Resource resource) {
        return switch (resource) {
            case MEMORY -> "memory";
            case GPU_MEMORY -> "GPU memory";
            case DISK -> "free disk";
        };
    }
}
