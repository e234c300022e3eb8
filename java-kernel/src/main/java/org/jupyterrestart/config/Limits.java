package org.jupyterrestart.config;

import java.util.OptionalLong;

/**
 * Bounds, in bytes, that restart an app, or a kernel of it, when they are passed; empty for none.
 *
 * @param memory resident memory of the whole tree
 * @param gpuMemory GPU memory of the whole tree
 * @param diskMinFree free space of the disk that holds its folder
 * @param kernelMemory resident memory of each kernel of a Jupyter server with its tree; the server keeps to it
 */
public record Limits(OptionalLong memory, OptionalLong gpuMemory, OptionalLong diskMinFree, OptionalLong kernelMemory) {
    public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    /** Of an app alone. */
    public Limits(OptionalLong memory, OptionalLong gpuMemory, OptionalLong diskMinFree) {
        this(memory, gpuMemory, diskMinFree, OptionalLong.empty());
    }

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
