package org.jupyterrestart.resource;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Whether memory grows for good, and when it reaches a limit. Pure; a bounded window of samples.
 *
 * <p>Programs breathe: a notebook collects its garbage, a model is loaded and dropped. What leaks is seen in the
 * troughs: the window is cut into equal blocks, and memory grows for good where the least of each block is more than
 * that of the block before it, by more than it swings within one, and in both halves of the window. The slope is that
 * of Theil and Sen, the median over all pairs: an outlier does not move it. It is prolonged from the recent crest, and
 * no further into the future than the window reaches into the past.
 *
 * @param ceiling the most it ever had before the window, in bytes: growth up to there is nothing new
 */
public record MemoryTrend(List<Sample> samples, long ceiling) {
    public static final MemoryTrend NONE = new MemoryTrend(List.of(), 0);

    /** The least time from one sample to the next: those between are left out. */
    public static final Duration STEP = Duration.ofSeconds(30);

    /** How far back samples are kept. */
    static final Duration WINDOW = Duration.ofHours(1);

    /** Below this nothing is said: programs load before they work, and breathe once in some minutes. */
    static final Duration LEAST = Duration.ofMinutes(20);

    private static final int BLOCKS = 8;

    public MemoryTrend {
        samples = List.copyOf(samples);
    }

    /** @param nanos of the monotonic clock */
    public record Sample(long nanos, long bytes) {}

    /** With one more, unless it comes too soon. */
    public MemoryTrend with(Sample sample) {
        if (!samples.isEmpty() && sample.nanos() - samples.getLast().nanos() < STEP.toNanos()) {
            return this;
        }
        long oldest = sample.nanos() - WINDOW.toNanos();
        long highest = samples.stream()
                .filter(known -> known.nanos() < oldest)
                .mapToLong(Sample::bytes)
                .max()
                .orElse(0);
        List<Sample> kept = Stream.concat(samples.stream().filter(known -> known.nanos() >= oldest), Stream.of(sample))
                .toList();
        return new MemoryTrend(kept, Math.max(ceiling, highest));
    }

    /** The time from the last sample until {@code limit} is reached; empty where that is not to be foreseen. */
    public Optional<Duration> timeTo(long limit) {
        Duration seen = length();
        if (seen.compareTo(LEAST) < 0) {
            return Optional.empty();
        }
        List<Block> blocks = blocks(seen);
        long crest = Math.max(blocks.getLast().most(), blocks.get(BLOCKS - 2).most());
        if (!growsForGood(blocks) || crest <= ceiling) {
            return Optional.empty();
        }
        double perNano = slope(blocks) * BLOCKS / seen.toNanos();
        double nanos = Math.max(0, limit - crest) / perNano;
        return nanos <= seen.toNanos() ? Optional.of(Duration.ofNanos((long) nanos)) : Optional.empty();
    }

    private Duration length() {
        return samples.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(
                        samples.getLast().nanos() - samples.getFirst().nanos());
    }

    /** The least and the most of one block; no samples, as where the machine slept, make {@code least} the greatest. */
    private record Block(long least, long most) {
        static final Block EMPTY = new Block(Long.MAX_VALUE, 0);

        Block with(long bytes) {
            return new Block(Math.min(least, bytes), Math.max(most, bytes));
        }

        long swing() {
            return most - least;
        }
    }

    private List<Block> blocks(Duration seen) {
        Block[] blocks = new Block[BLOCKS];
        Arrays.fill(blocks, Block.EMPTY);
        long first = samples.getFirst().nanos();
        double width = (seen.toNanos() + 1.0) / BLOCKS;
        samples.forEach(sample -> {
            int at = (int) ((sample.nanos() - first) / width);
            blocks[at] = blocks[at].with(sample.bytes());
        });
        return List.of(blocks);
    }

    private static boolean growsForGood(List<Block> blocks) {
        boolean isRising = IntStream.range(1, BLOCKS)
                .allMatch(i -> blocks.get(i).least() > blocks.get(i - 1).least()
                        && blocks.get(i).least() < Long.MAX_VALUE);
        if (!isRising) {
            return false;
        }
        long rise = blocks.getLast().least() - blocks.getFirst().least();
        long swing = median(blocks.stream().mapToLong(Block::swing));
        double whole = slope(blocks);
        return rise > swing
                && slope(blocks.subList(0, BLOCKS / 2)) >= whole / 3
                && slope(blocks.subList(BLOCKS / 2, BLOCKS)) >= whole / 2;
    }

    /** Of the troughs, in bytes per block. */
    private static double slope(List<Block> blocks) {
        double[] slopes = IntStream.range(0, blocks.size())
                .boxed()
                .flatMap(i -> IntStream.range(i + 1, blocks.size())
                        .mapToObj(j -> (blocks.get(j).least() - blocks.get(i).least()) / (double) (j - i)))
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return (slopes[(slopes.length - 1) / 2] + slopes[slopes.length / 2]) / 2;
    }

    private static long median(LongStream values) {
        long[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
