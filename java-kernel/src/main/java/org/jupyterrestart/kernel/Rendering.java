package org.jupyterrestart.kernel;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppPlan;
import org.jupyterrestart.api.wire.Plan;
import org.jupyterrestart.config.Sizes;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.lifecycle.Reason;

/** The service's answers for people: pure, times in the given zone. */
final class Rendering {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final String NONE = "-";

    private final ZoneId zone;

    Rendering(ZoneId zone) {
        this.zone = zone;
    }

    Output status(List<App> apps) {
        if (apps.isEmpty()) {
            return Output.sentence(
                    "The restart service runs and has no apps yet. Add one to restart.toml, or adopt one.");
        }
        List<List<String>> rows = apps.stream().map(this::row).toList();
        Output table = Output.table(
                List.of("App", "State", "Up", "Automatic restarts", "Next restart", "Last restart", "Memory"), rows);
        return apps.stream()
                .flatMap(app -> app.message().map(message -> app.title() + ": " + message).stream())
                .map(Output::sentence)
                .reduce(table, Output::then);
    }

    private List<String> row(App app) {
        return List.of(
                app.name(),
                lower(app.state()),
                duration(app.uptimeSeconds()),
                app.enabled() ? "on" : "off",
                app.nextRestart()
                        .map(at -> "%s (time remaining: %s)"
                                .formatted(time(Optional.of(at)), duration(app.remainingSeconds())))
                        .orElse("none"),
                app.lastRestart()
                        .map(at -> "%s (%s)"
                                .formatted(
                                        time(Optional.of(at)),
                                        app.lastReason().map(Reason::wireName).orElse(NONE)))
                        .orElse("none yet"),
                app.memoryBytes().isPresent() ? Sizes.words(app.memoryBytes().getAsLong()) : NONE);
    }

    Output events(List<Event> events) {
        List<List<String>> rows = events.stream()
                .map(event -> List.of(
                        Long.toString(event.seq()),
                        time(Optional.of(event.time())),
                        event.app().orElse(NONE),
                        event.type().wireName(),
                        event.message()))
                .toList();
        return Output.table(List.of("Seq", "Time", "App", "Event", "What"), rows);
    }

    Output plan(Plan plan) {
        return plan.apps().stream()
                .map(this::plan)
                .reduce(Output::then)
                .orElseGet(() -> Output.sentence("There are no apps, so nothing is planned."));
    }

    private Output plan(AppPlan plan) {
        String fires = plan.fires().isEmpty()
                ? "no scheduled restart"
                : "next restarts "
                        + String.join(
                                ", ",
                                plan.fires().stream()
                                        .map(fire -> time(Optional.of(fire)))
                                        .toList());
        String blocked = plan.blockedBy().isEmpty() ? "" : "; held back by " + String.join(", ", plan.blockedBy());
        List<List<String>> steps = plan.steps().stream()
                .map(step -> List.of(
                        lower(step.step()),
                        step.what(),
                        step.deadlineSeconds()
                                .map(seconds -> "%s s".formatted(plain(seconds)))
                                .orElse(NONE)))
                .toList();
        Output head = Output.sentence("%s: %s%s.".formatted(plan.name(), fires, blocked));
        return steps.isEmpty() ? head : head.then(Output.table(List.of("Step", "What", "At most"), steps));
    }

    Output help(Optional<Verb> verb) {
        List<List<String>> rows = verb.map(Stream::of)
                .orElseGet(() -> Stream.of(Verb.values()))
                .map(one -> List.of(one.usage(), one.help()))
                .toList();
        return Output.table(List.of("Command", "Does"), rows);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString(Math.round(number)) : Double.toString(number);
    }

    private String time(Optional<Instant> time) {
        return time.map(at -> TIME.format(at.atZone(zone))).orElse(NONE);
    }

    /** By its two largest units, as everywhere in the product. */
    private static String duration(OptionalLong seconds) {
        if (seconds.isEmpty()) {
            return NONE;
        }
        Duration time = Duration.ofSeconds(seconds.getAsLong());
        if (time.toDays() > 0) {
            return "%d d %d h".formatted(time.toDays(), time.toHoursPart());
        }
        if (time.toHours() > 0) {
            return "%d h %d min".formatted(time.toHours(), time.toMinutesPart());
        }
        return time.toMinutes() > 0
                ? "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart())
                : "%d s".formatted(time.toSeconds());
    }
}
