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
}
