package org.jupyterrestart.config;

import java.util.OptionalLong;

/**
 * Bounds, in bytes, that restart an app when they are passed; empty for none.
 *
 * @param memory resident memory of the whole tree
 * @param gpuMemory GPU memory of the whole tree
 * @param diskMinFree free space of the disk that holds its folder
 */
public record Limits(OptionalLong memory, OptionalLong gpuMemory, OptionalLong diskMinFree) {
    public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    /** What can be limited. */
    public enum Resource {
        MEMORY,
        GPU_MEMORY,
        /** Limited from below, by what is free. */
        DISK;

        /** Whether {@code amount} lies beyond {@code limit}. */
        public boolean isPassed(long amount, long limit) {
            return this == DISK ? amount < limit : amount >= limit;
        }
    }

    public OptionalLong of(Resource resource) {
        return switch (resource) {
            case MEMORY -> memory;
            case GPU_MEMORY -> gpuMemory;
            case DISK -> diskMinFree;
        };
    }
}
