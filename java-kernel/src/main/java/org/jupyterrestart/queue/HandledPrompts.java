package org.jupyterrestart.queue;

import java.util.List;
import java.util.stream.Stream;

/**
 * What came of an order about kept prompts.
 *
 * @param done ids of those that it was carried out for
 * @param left those that are still kept, or wait to be put back, and why
 */
public record HandledPrompts(List<String> done, List<KeptPrompt> left) {
    public HandledPrompts {
        done = List.copyOf(done);
        left = List.copyOf(left);
    }

    HandledPrompts and(HandledPrompts others) {
        return new HandledPrompts(
                Stream.concat(done.stream(), others.done.stream()).toList(),
                Stream.concat(left.stream(), others.left.stream()).toList());
    }
}
