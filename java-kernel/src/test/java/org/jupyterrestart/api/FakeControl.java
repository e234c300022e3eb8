package org.jupyterrestart.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.KeptPrompt;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.AcceptedGroup;
import org.jupyterrestart.supervisor.AppPlan;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.Control;
import org.jupyterrestart.supervisor.KeptWork;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.supervisor.Snapshot;

/** Knows one running app, comfyui; writes down in words what it was asked. */
final class FakeControl implements Control {
    static final Instant NEXT = Instant.parse("2026-11-24T06:00:00Z");
    final List<String> asked = new CopyOnWriteArrayList<>();
    private final EventLog events;

    FakeControl(EventLog events) {
        this.events = events;
    }

    static AppView comfyui() {
        return new AppView(
                "comfyui",
                "ComfyUI",
                "comfyui",
                false,
                "running",
                true,
                OptionalInt.of(4242),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(8188),
                true,
                Optional.of(Instant.parse("2026-11-24T00:00:00Z")),
                OptionalLong.of(3600),
                Optional.of(NEXT),
                OptionalLong.of(18_000),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                OptionalLong.of(1 << 30),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                "restart",
                OptionalLong.empty());
    }

    @Override
    public KeptWork keptWork() {
        return new KeptWork() {
            @Override
            public List<KeptPrompt> of(String app) {
                return List.of(new KeptPrompt("8fe2", "Node is gone"));
            }

            @Override
            public HandledPrompts sendAgain(String app, List<String> ids) {
                asked.add("send again %s %s".formatted(app, ids));
                return new HandledPrompts(ids, List.of(), List.of());
            }

            @Override
            public HandledPrompts discard(String app, List<String> ids) {
                asked.add("discard %s %s".formatted(app, ids));
                return new HandledPrompts(ids, List.of(), List.of());
            }
        };
    }

    @Override
    public Snapshot snapshot() {
        return new Snapshot(events.lastSeq(), List.of(comfyui()));
    }

    private Accepted take(String app, String command) throws RefusedException {
        if (!app.equals("comfyui")) {
            throw new RefusedException(RefusedException.Kind.NO_SUCH_APP, "There is no app \"%s\".".formatted(app));
        }
        return take(command);
    }

    private Accepted take(String command) {
        asked.add(command);
        return new Accepted(events.lastSeq(), Optional.empty());
    }

    @Override
    public AcceptedGroup restartTogether(List<String> apps, Reason reason, boolean now) throws RefusedException {
        for (String app : apps) {
            take(app, "restart together");
        }
        asked.add("restart %s together %s now=%s".formatted(apps, reason, now));
        return new AcceptedGroup(events.lastSeq(), List.of(new AcceptedGroup.Begun("comfyui", "comfyui-1")));
    }

    @Override
    public Accepted restart(String app, Reason reason, boolean now) throws RefusedException {
        return take(app, "restart %s now=%s".formatted(reason, now));
    }

    @Override
    public Accepted restartIn(String app, Duration delay) throws RefusedException {
        return take(app, "restart in " + delay);
    }

    @Override
    public Accepted postpone(String app, Duration by) throws RefusedException {
        return take(app, "postpone " + by);
    }

    @Override
    public Accepted enable(String app, boolean enabled) throws RefusedException {
        return take(app, "enable " + enabled);
    }

    @Override
    public Accepted start(String app) throws RefusedException {
        throw new RefusedException(RefusedException.Kind.REFUSED, "comfyui is running already: nothing to do.");
    }

    @Override
    public Accepted stop(String app) throws RefusedException {
        throw new IllegalStateException("a bug, for the test");
    }

    @Override
    public Accepted startTogether(List<String> apps) throws RefusedException {
        for (String app : apps) {
            take(app, "start together");
        }
        return take("start %s together".formatted(apps));
    }

    @Override
    public Accepted stopTogether(List<String> apps) throws RefusedException {
        for (String app : apps) {
            take(app, "stop together");
        }
        return take("stop %s together".formatted(apps));
    }

    @Override
    public Accepted adopt(String app, AdoptionRequest request) throws RefusedException {
        return take("adopt " + request);
    }

    @Override
    public Accepted leave(String app) throws RefusedException {
        return take(app, "leave");
    }

    @Override
    public Accepted drained(
            String app, String restartId, String client, List<String> saved, List<UnsavedDocument> unsaved)
            throws RefusedException {
        return take(app, "drained %s %s %s %s".formatted(restartId, client, saved, unsaved));
    }

    @Override
    public Accepted activity(String app, Optional<String> busyWith) throws RefusedException {
        return take(app, "busy with " + busyWith);
    }

    @Override
    public Accepted aboutKernels(String app, EventType type, String message, Map<String, Object> data)
            throws RefusedException {
        return take(app, "%s: %s %s".formatted(type.wireName(), message, data));
    }

    @Override
    public Accepted failed(String app, String restartId, String message) throws RefusedException {
        return take(app, "failed %s %s".formatted(restartId, message));
    }

    @Override
    public void clientPolls(String client, Duration wait) {
        asked.add("seen " + client);
    }

    @Override
    public Accepted clientGone(String client) {
        return take("gone " + client);
    }

    @Override
    public List<AppPlan> plan(Optional<String> app, int n) {
        AppPlan.PlanStep step =
                new AppPlan.PlanStep("stopping", "TERM, 10 s, KILL", Optional.of(Duration.ofSeconds(10)));
        return List.of(new AppPlan(app.orElse("comfyui"), List.of(NEXT), List.of(step), List.of()));
    }

    @Override
    public Accepted shutDown() {
        return take("shut down");
    }
}
