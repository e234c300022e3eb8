package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.config.Sizes;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;

/** What is told of an app: each method is one event, in words for people and data for programs. */
final class Story {
    /** In what a server has kept: why the one that had stood by did not take over. */
    private static final String FALLBACK = "fallback";

    private Story() {}

    static EventDraft tell(App app, EventType type, String message, Map<String, Object> data, Now now) {
        return new EventDraft(
                now.wall(),
                Optional.of(app.name()),
                type,
                app.restart().map(RestartRun::id),
                app.restart().map(RestartRun::reason),
                message,
                data);
    }

    static EventDraft tell(App app, EventType type, String message, Now now) {
        return tell(app, type, message, Map.of(), now);
    }

    static EventDraft initiated(App app, Now now) {
        String why = app.restart().map(run -> run.reason().title()).orElse("");
        return tell(app, EventType.RESTART_INITIATED, why + " restart of " + title(app), nextRestart(app), now);
    }

    /** The hooks that failed, and nothing of those that did their work. */
    static Step hooks(App app, List<String> failures, Now now) {
        return failures.stream()
                .reduce(
                        Step.of(app),
                        (step, why) -> step.tell(tell(app, EventType.HOOK_FAILED, why, now)),
                        (a, _) -> a);
    }

    static EventDraft starting(App app, Now now) {
        return app.restart().isPresent()
                ? tell(app, EventType.RESTART_STARTING, "Starting " + title(app), Map.of("life", "stop_start"), now)
                : tell(app, EventType.APP_STARTING, "Starting " + title(app), now);
    }

    static EventDraft waitsForItsTurn(App app, Deadline deadline, String why, Now now) {
        return tell(
                app,
                EventType.APP_WAITING,
                "%s %s".formatted(title(app), why),
                Map.of("until", deadline.at().toString()),
                now);
    }

    static EventDraft without(App app, List<String> without, Now now) {
        return tell(
                app,
                EventType.APP_WAITING,
                "%s is started without what it depends on: %s".formatted(title(app), String.join(", ", without)),
                Map.of("without", without),
                now);
    }

    static EventDraft replacing(App app, Now now) {
        return tell(app, EventType.RESTART_STARTING, title(app) + " replaces itself", Map.of("life", "in_place"), now);
    }

    static EventDraft ready(App app, Now now) {
        return tell(app, EventType.APP_READY, title(app) + " is ready", nextRestart(app), now);
    }

    static EventDraft adopted(App app, Instance instance, Now now) {
        String message = "%s (pid %d) is under supervision"
                .formatted(title(app), instance.identity().pid());
        return tell(app, EventType.APP_ADOPTED, message, nextRestart(app), now);
    }

    static EventDraft saysHello(App app, AppEvent.Adopt adopt, Now now) {
        Hello hello = adopt.hello();
        Optional<Hello> before = app.hello();
        boolean isAnother =
                before.filter(it -> !it.servingPid().equals(hello.servingPid())).isPresent();
        if (isAnother && adopt.kept().get(FALLBACK) instanceof String why) {
            String message = "%s goes on in another process, as %s".formatted(title(app), why);
            return tell(app, EventType.APP_ADOPTED, message, adopt.kept(), now);
        }
        boolean isOfStandby =
                before.filter(it -> !it.standbyPid().equals(hello.standbyPid())).isPresent();
        String who = hello.standbyPid().isPresent() ? "A server" : "No server";
        return isOfStandby
                ? tell(app, EventType.APP_STANDBY, "%s stands by for %s".formatted(who, title(app)), now)
                : tell(app, EventType.APP_ADOPTED, title(app) + " says hello", now);
    }

    /** What it is to do about it, it does itself, when it hears of it. */
    static EventDraft standby(App app, Now now) {
        String standby = app.spec().standby().name().toLowerCase(Locale.ROOT);
        return tell(
                app,
                EventType.APP_STANDBY,
                "The standby of %s is \"%s\" now".formatted(title(app), standby),
                Map.of("standby", standby),
                now);
    }

    /** As with its standby. */
    static EventDraft kernelLimit(App app, Now now) {
        OptionalLong limit = app.spec().limits().kernelMemory();
        String what = limit.isPresent()
                ? "a memory limit of %s each now".formatted(size(limit.getAsLong()))
                : "no memory limit any more";
        return tell(
                app,
                EventType.KERNEL_LIMIT_CHANGED,
                "The kernels of %s have %s".formatted(title(app), what),
                limit.isPresent() ? Map.of("limit_bytes", limit.getAsLong()) : Map.of(),
                now);
    }

    static EventDraft waits(App app, Deadline deadline, String busyWith, Now now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("busy_with", busyWith);
        data.put("until", deadline.at().toString());
        String message = "%s restarts when it is idle, and in %s at the latest. It is busy: %s"
                .formatted(title(app), words(deadline.remaining(now)), busyWith);
        return tell(app, EventType.RESTART_WAITING, message, data, now);
    }

    static EventDraft drained(App app, AppEvent.Drained answer, Now now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("client", answer.tab());
        data.put("saved", answer.saved());
        data.put("unsaved", unsaved(answer.unsaved()));
        String message =
                "A browser tab saved %s".formatted(counted(answer.saved().size(), "document"));
        String failed = answer.unsaved().isEmpty()
                ? ""
                : ", and could not save " + counted(answer.unsaved().size(), "document");
        return tell(app, EventType.RESTART_DRAINED, message + failed, data, now);
    }

    static EventDraft silent(App app, List<String> tabs, Now now) {
        return tell(
                app,
                EventType.RESTART_DRAINED,
                "No answer in time from " + counted(tabs.size(), "browser tab"),
                Map.of("silent", tabs),
                now);
    }

    /** @param forcedAfter how long it ignored milder signals; empty when it did not */
    static EventDraft verifying(App app, Optional<Duration> forcedAfter, Now now) {
        return tell(
                app,
                EventType.RESTART_VERIFYING,
                title(app) + " has ended",
                forcedAfter
                        .<Map<String, Object>>map(time -> Map.of("forced_after_s", time.toSeconds()))
                        .orElse(Map.of()),
                now);
    }

    static EventDraft survivors(App app, List<String> names, Now now) {
        return tell(
                app,
                EventType.APP_SURVIVORS,
                "%s does not end, in spite of KILL: %s. It is not started while this lives"
                        .formatted(title(app), String.join(", ", names)),
                Map.of("survivors", names),
                now);
    }

    static String blocked(App app, Obstacle obstacle) {
        return "%s is not started: %s. It is started as soon as that is over".formatted(title(app), obstacle.why());
    }

    static EventDraft reclaimed(App app, Reclaimed reclaimed, Duration waited, Now now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("bytes", reclaimed.bytes());
        data.put("missing_bytes", reclaimed.missing());
        data.put("duration_s", seconds(waited.toNanos()));
        if (reclaimed.isWhole()) {
            String message = "%s gave back %s of GPU memory in %s s"
                    .formatted(title(app), size(reclaimed.bytes()), oneDigit(seconds(waited.toNanos())));
            return tell(app, EventType.APP_GPU_FREED, message, data, now);
        }
        data.put("gpus", reclaimed.gpus());
        data.put("holders", reclaimed.holders());
        if (reclaimed.trouble().isPresent()) {
            return tell(
                    app,
                    EventType.APP_GPU_HELD,
                    unmeasured(app, reclaimed.trouble().get()),
                    data,
                    now);
        }
        String holders = reclaimed.holders().isEmpty()
                ? "nobody who can be seen from here: look with nvidia-smi, in the end a reset of the GPU helps"
                : String.join(", ", reclaimed.holders());
        String where = reclaimed.gpus().isEmpty() ? "" : ": it is missing on " + String.join(" and ", reclaimed.gpus());
        String message = "%s of the GPU memory that %s had is not back after %s s%s. GPUs are held by %s"
                .formatted(size(reclaimed.missing()), title(app), oneDigit(seconds(waited.toNanos())), where, holders);
        return tell(app, EventType.APP_GPU_HELD, message, data, now);
    }

    static EventDraft unmeasured(App app, Now now) {
        return tell(app, EventType.APP_GPU_HELD, unmeasured(app, "the GPU's driver does not answer"), now);
    }

    private static String unmeasured(App app, String why) {
        return "Whether the GPU memory that %s had is back could not be measured: %s".formatted(title(app), why);
    }

    static EventDraft completed(App app, RestartRun run, Now now) {
        double duration = seconds(now.nanos() - run.begun().nanos());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("duration_s", duration);
        data.putAll(run.kept());
        data.put("documents", run.saved().size());
        data.put("unsaved", unsaved(run.unsaved()));
        data.putAll(nextRestart(app));
        double away = run.kept().get("away_s") instanceof Number number ? number.doubleValue() : duration;
        String kept = joined(
                part(run.kept().get("kernels"), "kernel"),
                part(run.kept().get("terminals"), "terminal"),
                part(run.kept().get("prompts"), "prompt"),
                part(run.saved().size(), "document"));
        String lost = run.kept().get("lost_kernels") instanceof List<?> kernels ? part(kernels.size(), "kernel") : "";
        String what = joined(kept.isEmpty() ? "" : kept + " kept", lost.isEmpty() ? "" : lost + " lost");
        String why = run.kept().get(FALLBACK) instanceof String it ? ". It took longer, as " + it : "";
        String message = "%s restarted in %s s%s%s"
                .formatted(title(app), oneDigit(away), what.isEmpty() ? "" : ": " + what, why);
        return tell(app, EventType.RESTART_COMPLETED, message, data, now);
    }

    static EventDraft failed(App app, String why, Now now) {
        return tell(app, EventType.RESTART_FAILED, "%s was not restarted: %s".formatted(title(app), why), now);
    }

    static EventDraft calledOff(App app, String why, Now now) {
        return tell(
                app,
                EventType.RESTART_CALLED_OFF,
                "The restart of %s is called off: %s".formatted(title(app), why),
                now);
    }

    static EventDraft heldByDocuments(App app, Now now) {
        List<Map<String, String>> documents =
                unsaved(app.restart().map(RestartRun::unsaved).orElse(List.of()));
        String names = documents.stream()
                .map(document -> "%s (%s)".formatted(document.get("path"), document.get("why")))
                .collect(Collectors.joining(", "));
        return tell(
                app,
                EventType.RESTART_CALLED_OFF,
                "The restart of %s is called off, not saved: %s. Save or close, then restart"
                        .formatted(title(app), names),
                Map.of("unsaved", documents),
                now);
    }

    static String title(App app) {
        return app.spec().title();
    }

    static Map<String, Object> nextRestart(App app) {
        return app.planned()
                .filter(planned -> app.isEnabled() || planned.isByHand())
                .<Map<String, Object>>map(
                        planned -> Map.of("next_restart", planned.at().toString()))
                .orElse(Map.of());
    }

    static String words(Duration time) {
        return time.toMinutes() >= 2 ? time.toMinutes() + " min" : oneDigit(seconds(time.toNanos())) + " s";
    }

    static String size(long bytes) {
        return Sizes.words(bytes);
    }

    private static String joined(String... parts) {
        return Stream.of(parts).filter(part -> !part.isEmpty()).collect(Collectors.joining(", "));
    }

    private static String part(Object count, String noun) {
        return count instanceof Number number && number.intValue() > 0 ? counted(number.intValue(), noun) : "";
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static List<Map<String, String>> unsaved(List<RestartRun.Unsaved> documents) {
        return documents.stream()
                .map(document -> Map.of("path", document.path(), "why", document.why()))
                .toList();
    }

    /** In milliseconds' precision. */
    private static double seconds(long nanos) {
        return Math.max(0, nanos / 1_000_000) / 1000.0;
    }

    /** One digit that says something: a restart in place may take a twentieth of a second. */
    private static String oneDigit(double seconds) {
        String format = seconds > 0 && seconds < 0.095 ? "%.2f" : seconds < 9.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, seconds);
    }
}
