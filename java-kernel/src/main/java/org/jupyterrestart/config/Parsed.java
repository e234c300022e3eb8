package org.jupyterrestart.config;

import java.util.function.Function;

/** What became of a text that someone wrote: a value, or the reason why it is none. */
public sealed interface Parsed<T> {
    record Good<T>(T value) implements Parsed<T> {}

    /** {@code why} is a whole sentence that says how to write it. */
    record Bad<T>(String why) implements Parsed<T> {}

    default <R> Parsed<R> then(Function<T, Parsed<R>> next) {
        return switch (this) {
            case Good<T>(T value) -> next.apply(value);
            case Bad<T>(String why) -> new Bad<>(why);
        };
    }
}
