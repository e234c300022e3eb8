package org.jupyterrestart.config;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A text that must be one of a few words. */
record Choice<T>(List<T> values, Function<T, String> wireName) implements Function<String, Parsed<T>> {
    /** Of an enum whose constants are written in lower case. */
    static <E extends Enum<E>> Choice<E> of(Class<E> type) {
        return new Choice<>(
                List.of(type.getEnumConstants()), constant -> constant.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public Parsed<T> apply(String text) {
        return values.stream()
                .filter(value -> wireName.apply(value).equals(text))
                .findFirst()
                .<Parsed<T>>map(Parsed.Good::new)
                .orElseGet(() -> new Parsed.Bad<>("\"%s\" is none of %s".formatted(text, words())));
    }

    private String words() {
        return values.stream().map(wireName).collect(Collectors.joining(", "));
    }
}
