package org.jupyterrestart.queue;

import java.util.List;
import java.util.stream.Stream;

/**
 * What came of an order about kept prompts.
 *
 * @param done ids of those that it was carried out for
 * @param due those that it is carried out for by itself, and when
 * @param left those that are still kept, and why
 */
public record HandledPrompts(List<String> done, List<KeptPrompt> due, List<KeptPrompt> left) {
    public static final HandledPrompts NONE = new HandledPrompts(List.of(), List.of(), List.of());

    public HandledPrompts {
        done = List.copyOf(done);
        due = List.copyOf(due);
        left = List.copyOf(left);
    }

    HandledPrompts and(HandledPrompts others) {
        return new HandledPrompts(
                Stream.concat(done.stream(), others.done.stream()).toList(),
                Stream.concat(due.stream(), others.due.stream()).toList(),
                Stream.concat(left.stream(), others.left.stream()).toList());
    }
}
