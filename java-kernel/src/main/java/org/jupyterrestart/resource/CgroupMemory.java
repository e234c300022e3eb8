package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The memory that a container leaves us, by its control groups: where this is less than the machine has, the kernel
 * kills at this limit.
 */
final class CgroupMemory {
    private static final Version V1 =
            new Version("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ");
    private static final Version V2 = new Version("", "memory.max", "memory.current", "inactive_file ");

    private final Path membership;
    private final Path mount;

    /** Files as Linux names them: {@code /proc/self/cgroup} and {@code /sys/fs/cgroup}. */
    CgroupMemory(Path membership, Path mount) {
        this.membership = membership;
        this.mount = mount;
    }

    /** In bytes; {@code used} leaves out file pages that can be dropped at once. */
    record Limit(long used, long total) {}

    /** How one version of control groups names things, below its mount. */
    private record Version(String folder, String limit, String usage, String droppable) {}

    /** The smallest limit on the way up from our group; empty when none is below {@code machineTotal}. */
    Optional<Limit> below(long machineTotal) {
        return lines(membership).stream()
                .flatMap(this::limits)
                .filter(limit -> limit.total() < machineTotal)
                .min(Comparator.comparingLong(Limit::total));
    }

    /** {@code line} is {@code ID:CONTROLLERS:PATH}, without controllers in version 2. */
    private Stream<Limit> limits(String line) {
        String[] parts = line.split(":", 3);
        if (parts.length < 3
                || !(parts[1].isEmpty() || List.of(parts[1].split(",")).contains("memory"))) {
            return Stream.empty();
        }
        Version version = parts[1].isEmpty() ? V2 : V1;
        Path root = mount.resolve(version.folder());
        Path group = root.resolve(parts[2].substring(1)).normalize();
        // A container often sees the path of the host, which is not mounted: its own group is the root then.
        return Stream.iterate(group, at -> at.startsWith(root), Path::getParent)
                .flatMap(at -> limit(at, version).stream());
    }

    private static Optional<Limit> limit(Path group, Version version) {
        OptionalLong total = number(group.resolve(version.limit()));
        OptionalLong usage = number(group.resolve(version.usage()));
        if (total.isEmpty() || usage.isEmpty()) {
            return Optional.empty();
        }
        long droppable = lines(group.resolve("memory.stat")).stream()
                .filter(line -> line.startsWith(version.droppable()))
                .mapToLong(line ->
                        Long.parseLong(line.substring(version.droppable().length())))
                .sum();
        return Optional.of(new Limit(Math.max(0, usage.getAsLong() - droppable), total.getAsLong()));
    }

    /** Empty for {@code max}, which is no limit. */
    private static OptionalLong number(Path file) {
        return lines(file).stream()
                .filter(line -> !line.equals("max"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException _) {
            return List.of(); // this version, or this group, is not mounted here
        }
    }
}
