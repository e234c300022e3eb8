package org.jupyterrestart.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads {@link Overrides} from environment variables; of two that mean the same, the one for ComfyUI counts. */
public final class EnvironmentOverrides {
    static final List<String> INTERVAL = List.of("COMFYUI_RESTART_INTERVAL", "AUTO_RESTART_INTERVAL");
    static final List<String> LOG = List.of("COMFYUI_RESTART_LOG", "RESTART_LOG_FILE");
    static final List<String> PID_FILE = List.of("RESTART_PID_FILE");
    static final List<String> DISABLED = List.of("COMFYUI_AUTO_RESTART_DISABLED");

    /** 30 years: more seconds than this are a slip of the keyboard. */
    private static final long MOST_SECONDS = 946_080_000;

    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    private EnvironmentOverrides(Map<String, String> environment) {
        this.environment = environment;
    }

    /** What became of all variables together. */
    public sealed interface Result {
        record Read(Overrides overrides) implements Result {}

        /** One sentence for each bad variable. */
        record Rejected(List<String> problems) implements Result {}
    }

    /** Variables that are absent or empty say nothing. */
    public static Result read(Map<String, String> environment) {
        EnvironmentOverrides reader = new EnvironmentOverrides(environment);
        Overrides overrides = new Overrides(
                reader.first(INTERVAL, EnvironmentOverrides::interval),
                reader.first(LOG, EnvironmentOverrides::path),
                reader.first(PID_FILE, EnvironmentOverrides::path),
                reader.first(DISABLED, EnvironmentOverrides::flag).orElse(false));
        return reader.problems.isEmpty()
                ? new Result.Read(overrides)
                : new Result.Rejected(List.copyOf(reader.problems));
    }

    /** Which variable a value comes from, by the key of the config file that it takes the place of. */
    public static Map<String, String> variables(Map<String, String> environment) {
        return Map.of("every", INTERVAL, "log", LOG, "enabled", DISABLED).entrySet().stream()
                .flatMap(key -> key.getValue().stream()
                        .filter(variable ->
                                !environment.getOrDefault(variable, "").isBlank())
                        .limit(1)
                        .map(variable -> Map.entry(key.getKey(), variable)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private <T> Optional<T> first(List<String> variables, Function<String, Parsed<T>> parse) {
        return variables.stream()
                .flatMap(variable -> value(variable, parse))
                .toList() // reads them all: each bad one is told
                .stream()
                .findFirst();
    }

    private <T> Stream<T> value(String variable, Function<String, Parsed<T>> parse) {
        String text = environment.getOrDefault(variable, "").strip();
        if (text.isEmpty()) {
            return Stream.empty();
        }
        return switch (parse.apply(text)) {
            case Parsed.Good<T>(T value) -> Stream.of(value);
            case Parsed.Bad<T>(String why) -> {
                problems.add("environment variable %s: %s".formatted(variable, why));
                yield Stream.empty();
            }
        };
    }

    private static Parsed<Duration> interval(String text) {
        boolean isGood = text.matches("\\d{1,9}") && Long.parseLong(text) >= 1 && Long.parseLong(text) <= MOST_SECONDS;
        return isGood
                ? new Parsed.Good<>(Duration.ofSeconds(Long.parseLong(text)))
                : new Parsed.Bad<>(
                        "\"%s\" is no interval: write whole seconds, as in 21600 for six hours".formatted(text));
    }

    private static Parsed<Path> path(String text) {
        try {
            return new Parsed.Good<>(Path.of(text).toAbsolutePath());
        } catch (InvalidPathException e) {
            return new Parsed.Bad<>("\"%s\" is no path: %s".formatted(text, e.getReason()));
        }
    }

    private static Parsed<Boolean> flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> new Parsed.Good<>(true);
            case "false" -> new Parsed.Good<>(false);
            default -> new Parsed.Bad<>("\"%s\" is neither true nor false".formatted(text));
        };
    }
}
