package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The query of a request. What is absent has its default, what is no such value is a problem that names it. */
final class Query {
    private final Map<String, String> values;

    private Query(Map<String, String> values) {
        this.values = values;
    }

    /** {@code raw} still has its percent codes; the first of two values counts. */
    static Query parse(String raw) throws ApiProblem {
        Map<String, String> values = new LinkedHashMap<>();
        try {
            for (String pair : raw.isEmpty() ? new String[0] : raw.split("&")) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                values.putIfAbsent(URLDecoder.decode(name, UTF_8), URLDecoder.decode(value, UTF_8));
            }
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest("The query \"%s\" can't be read: %s.".formatted(raw, e.getMessage()));
        }
        return new Query(values);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    boolean flag(String name) throws ApiProblem {
        String value = values.getOrDefault(name, "false");
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(name, value, "true or false");
        };
    }

    OptionalLong number(String name, long least, long most) throws ApiProblem {
        String value = values.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        String expected = most == Long.MAX_VALUE
                ? "a whole number from %d".formatted(least)
                : "a whole number from %d to %d".formatted(least, most);
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return OptionalLong.of(number);
            }
        } catch (NumberFormatException _) {
            // Told below, like a number out of range.
        }
        throw bad(name, value, expected);
    }

    /** In seconds, with a fraction where wanted. */
    Duration seconds(String name, Duration most) throws ApiProblem {
        String value = values.getOrDefault(name, "0");
        try {
            double seconds = Double.parseDouble(value);
            if (seconds >= 0 && seconds <= most.toSeconds()) {
                return Duration.ofMillis(Math.round(seconds * 1000));
            }
        } catch (NumberFormatException _) {
            // Told below, like a number out of range.
        }
        throw bad(name, value, "seconds from 0 to %d".formatted(most.toSeconds()));
    }

    Optional<Instant> time(String name) throws ApiProblem {
        String value = values.get(name);
        try {
            return Optional.ofNullable(value).map(Instant::parse);
        } catch (DateTimeParseException _) {
            throw bad(name, value, "a time like 2026-11-24T06:00:00Z");
        }
    }

    private static ApiProblem bad(String name, String value, String expected) {
        return ApiProblem.badRequest("The query value %s=%s is no good: write %s.".formatted(name, value, expected));
    }
}
