package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.resource.MemoryTrend.Sample;

/** Curves as programs draw them, with many seeds: of memory over hours, in GB. */
class MemoryTrendTest {
    private static final long GB = 1L << 30;
    private static final double LIMIT = 20;
    private static final int CASES = 150;

    /** What grows, but not for good. */
    enum Breath {
        NOISE {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double level = random.nextDouble(1, 18);
                return _ -> level + random.nextGaussian() * 0.5;
            }
        },
        WANDERING {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double[] at = {random.nextDouble(5, 12)};
                return _ -> at[0] = Math.clamp(at[0] + random.nextGaussian() * 0.02 + (9 - at[0]) * 0.05, 1, 19);
            }
        },
        /** A notebook that collects its garbage, a ComfyUI that loads and drops models. */
        SAWTOOTH {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double period = random.nextDouble(0.01, 0.3);
                double low = random.nextDouble(1, 8);
                double height = random.nextDouble(1, 19 - low);
                double phase = random.nextDouble();
                return hours -> low + height * ((hours / period + phase) % 1) + random.nextGaussian() * 0.05;
            }
        },
        STEP_TO_A_PLATEAU {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double at = random.nextDouble(0, 3);
                double low = random.nextDouble(1, 5);
                double high = random.nextDouble(low, 19);
                return hours -> (hours < at ? low : high) + random.nextGaussian() * 0.05;
            }
        },
        /** A big model is loaded for minutes. */
        SLOW_LOAD_TO_A_PLATEAU {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double length = random.nextDouble(0.02, 0.15);
                double high = random.nextDouble(4, 18);
                return hours -> high * Math.min(1, hours / length) + random.nextGaussian() * 0.05;
            }
        },
        /** Each hour a job that takes more and more, and then gives all of it back. */
        TIDE_WITHIN_WHAT_IT_HAD_BEFORE {
            @Override
            DoubleUnaryOperator curve(RandomGenerator random) {
                double height = random.nextDouble(2, 9);
                // Its first hours show how far it goes.
                return hours -> 2 + height * (hours < 0.2 ? 1 : (hours / 2) % 1) + random.nextGaussian() * 0.02;
            }
        };

        abstract DoubleUnaryOperator curve(RandomGenerator random);
    }

    @ParameterizedTest
    @EnumSource
    void whatBreathesIsNotForeseenToPassItsLimit(Breath breath) {
        Seeds.forAll(CASES, random -> {
            DoubleUnaryOperator curve = breath.curve(random);
            MemoryTrend trend = MemoryTrend.NONE;
            for (int step = 0; step < 6 * 120; step++) {
                trend = trend.with(sample(step, curve));
                assertEquals(Optional.empty(), trend.timeTo((long) (LIMIT * GB)), "at step " + step);
            }
        });
    }

    /** However it breathes meanwhile, by up to a sixth of what it grows in an hour. */
    @Test
    void leakIsForeseenInTimeAndRightByAThird() {
        Seeds.forAll(CASES, random -> {
            double perHour = random.nextDouble(3, 20);
            double breath = random.nextDouble(0, perHour / 6);
            double period = random.nextDouble(0.01, 0.1);
            double noise = random.nextDouble(0, perHour / 60);
            DoubleUnaryOperator curve =
                    hours -> 1 + perHour * hours + breath * ((hours / period) % 1) + random.nextGaussian() * noise;
            double end = (LIMIT - 1 - breath) / perHour;
            MemoryTrend trend = MemoryTrend.NONE;
            Optional<Duration> foreseen = Optional.empty();
            int step = 0;
            for (; foreseen.isEmpty() && hours(step) < end; step++) {
                trend = trend.with(sample(step, curve));
                foreseen = trend.timeTo((long) (LIMIT * GB));
            }
            double left = end - hours(step - 1);
            double window = Math.min(1, hours(step - 1));
            assertTrue(foreseen.isPresent(), "a leak of %.1f GB an hour that breathes %.1f".formatted(perHour, breath));
            assertEquals(left, foreseen.get().toSeconds() / 3600.0, window / 3);
        });
    }

    @Test
    void onlyAWindowIsKeptHoweverOftenItIsMeasured() {
        MemoryTrend trend = MemoryTrend.NONE;
        for (int second = 0; second < 4 * 3600; second++) {
            trend = trend.with(new Sample(Duration.ofSeconds(second).toNanos(), GB));
        }
        assertEquals(121, trend.samples().size());
    }

    @Test
    void gapOfASuspendedMachineIsNoGrowth() {
        MemoryTrend trend = MemoryTrend.NONE;
        for (int step = 0; step < 10; step++) {
            trend = trend.with(new Sample(Duration.ofSeconds(30L * step).toNanos(), GB));
        }
        for (int step = 0; step < 10; step++) {
            trend = trend.with(
                    new Sample(Duration.ofMinutes(50).plusSeconds(30L * step).toNanos(), 8 * GB));
        }
        assertEquals(Optional.empty(), trend.timeTo(20 * GB));
    }

    private static Sample sample(int step, DoubleUnaryOperator curve) {
        return new Sample(MemoryTrend.STEP.toNanos() * step, (long) (curve.applyAsDouble(hours(step)) * GB));
    }

    private static double hours(int step) {
        return step * MemoryTrend.STEP.toSeconds() / 3600.0;
    }
}
