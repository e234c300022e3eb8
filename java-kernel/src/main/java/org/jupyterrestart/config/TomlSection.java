package org.jupyterrestart.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of a config file while it is read. A value of the wrong kind is a problem and counts as absent, so reading
 * goes on to the next problem. A key that nobody asked for is unknown.
 */
final class TomlSection {
    private final TomlTable table;
    private final String name;
    private final TomlPosition position;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();

    /** {@code name} as users know it, such as {@code app.comfyui}; empty for the file itself. */
    TomlSection(TomlTable table, String name, TomlPosition position, Problems problems) {
        this.table = table;
        this.name = name;
        this.position = position;
        this.problems = problems;
    }

    Set<String> keys() {
        return table.keySet();
    }

    boolean has(String key) {
        known.add(key);
        return table.contains(List.of(key));
    }

    boolean isText(String key) {
        return table.get(List.of(key)) instanceof String;
    }

    Optional<String> text(String key) {
        return value(key, String.class, "a text in quotes");
    }

    /** A text that means something: what {@code parse} refuses is a problem of this key. */
    <T> Optional<T> text(String key, Function<String, Parsed<T>> parse) {
        return text(key).flatMap(text -> accept(key, parse.apply(text)));
    }

    Optional<Boolean> flag(String key) {
        return value(key, Boolean.class, "true or false");
    }

    /** A whole number of at least {@code least} that fits an int. */
    Optional<Integer> count(String key, int least) {
        return value(key, Long.class, "a whole number").flatMap(count -> accept(key, inRange(count, least)));
    }

    private static Parsed<Integer> inRange(long count, int least) {
        if (count < least) {
            return new Parsed.Bad<>("%d is too small: at least %d".formatted(count, least));
        }
        return count > Integer.MAX_VALUE
                ? new Parsed.Bad<>("%d is too large: at most %d".formatted(count, Integer.MAX_VALUE))
                : new Parsed.Good<>((int) count);
    }

    /** A number of at least {@code least}, whole or not. */
    Optional<Double> number(String key, int least) {
        return value(key, Number.class, "a number")
                .map(Number::doubleValue)
                .flatMap(number -> accept(
                        key,
                        Double.isFinite(number) && number >= least
                                ? new Parsed.Good<>(number)
                                : new Parsed.Bad<Double>("%s is too small: at least %s".formatted(number, least))));
    }

    Optional<List<String>> texts(String key) {
        return texts(key, Parsed.Good::new);
    }

    /** A list of texts that each mean something. */
    <T> Optional<List<T>> texts(String key, Function<String, Parsed<T>> parse) {
        return array(key).map(array -> {
            List<T> values = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof String text) {
                    accept(array.inputPositionOf(i), key, parse.apply(text)).ifPresent(values::add);
                } else {
                    problems.add(array.inputPositionOf(i), "%s must be a list of texts in quotes".formatted(path(key)));
                }
            }
            return values;
        });
    }

    /** A table of texts, in the file's order. */
    Optional<Map<String, String>> textTable(String key) {
        return section(key).map(section -> {
            Map<String, String> entries = new LinkedHashMap<>();
            section.keys().forEach(entry -> section.text(entry).ifPresent(text -> entries.put(entry, text)));
            return entries;
        });
    }

    Optional<TomlSection> section(String key) {
        return value(key, TomlTable.class, "a table")
                .map(inner -> new TomlSection(inner, path(key), at(key), problems));
    }

    /** A list of tables. */
    List<TomlSection> sections(String key) {
        List<TomlSection> sections = new ArrayList<>();
        array(key).ifPresent(array -> {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof TomlTable inner) {
                    sections.add(new TomlSection(inner, path(key), array.inputPositionOf(i), problems));
                } else {
                    problems.add(array.inputPositionOf(i), "%s must be a list of tables".formatted(path(key)));
                }
            }
        });
        return sections;
    }

    /** A problem of one key; it is placed at the table where the key is absent. */
    void refuse(String key, String message) {
        problems.add(at(key), "%s: %s".formatted(path(key), message));
    }

    /** A problem of the whole table. */
    void refuse(String message) {
        problems.add(position, "%s: %s".formatted(name, message));
    }

    <T> Optional<T> accept(String key, Parsed<T> parsed) {
        return accept(at(key), key, parsed);
    }

    /** To be called when everything that can be in this table was asked for. */
    void refuseUnknownKeys() {
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                String hint = Nearest.to(key, known)
                        .map("did you mean \"%s\"?"::formatted)
                        .orElseGet(() -> "there are " + String.join(", ", known));
                problems.add(at(key), "unknown key \"%s\"%s: %s".formatted(key, where(), hint));
            }
        }
    }

    private <T> Optional<T> accept(TomlPosition at, String key, Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Good<T>(T value) -> Optional.of(value);
            case Parsed.Bad<T>(String why) -> {
                problems.add(at, "%s: %s".formatted(path(key), why));
                yield Optional.empty();
            }
        };
    }

    private Optional<TomlArray> array(String key) {
        return value(key, TomlArray.class, "a list in [ ]");
    }

    private <T> Optional<T> value(String key, Class<T> kind, String kindInWords) {
        known.add(key);
        Object value = table.get(List.of(key));
        if (value == null) {
            return Optional.empty();
        }
        if (!kind.isInstance(value)) {
            problems.add(at(key), "%s must be %s, but is %s".formatted(path(key), kindInWords, inWords(value)));
            return Optional.empty();
        }
        return Optional.of(kind.cast(value));
    }

    private static String inWords(Object value) {
        return switch (value) {
            case String _ -> "a text";
            case Boolean _ -> "true or false";
            case Number _ -> "a number";
            case TomlArray _ -> "a list";
            case TomlTable _ -> "a table";
            default -> "a date or time";
        };
    }

    private TomlPosition at(String key) {
        TomlPosition at = table.inputPositionOf(List.of(key));
        return at == null ? position : at;
    }

    private String path(String key) {
        return name.isEmpty() ? key : name + "." + key;
    }

    private String where() {
        return name.isEmpty() ? "" : " in [%s]".formatted(name);
    }
}
