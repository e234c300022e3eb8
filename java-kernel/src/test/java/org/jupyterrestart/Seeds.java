package org.jupyterrestart;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/** Runs a property with many random cases; a failing one is named by its seed. */
public final class Seeds {
    private Seeds() {}

    public static void forAll(int count, Consumer<RandomGenerator> property) {
        LongStream.range(0, count).forEach(seed -> {
            try {
                property.accept(new SplittableRandom(seed));
            } catch (Throwable failure) {
                throw new AssertionError("seed " + seed, failure);
            }
        });
    }
}
