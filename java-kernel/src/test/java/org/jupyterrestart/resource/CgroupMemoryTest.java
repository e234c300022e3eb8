package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.resource.CgroupMemory.Limit;

class CgroupMemoryTest {
    private static final long MACHINE = 16_000;

    @TempDir
    Path folder;

    @Test
    void theLimitOfAContainerCountsWithoutDroppableFilePages() throws IOException {
        write("cgroup", "0::/\n");
        write("mount/memory.max", "8000\n");
        write("mount/memory.current", "5000\n");
        write("mount/memory.stat", "anon 3000\ninactive_file 1500\nactive_file 500\n");

        assertEquals(Optional.of(new Limit(3500, 8000)), limit());
    }

    @Test
    void theSmallestLimitOnTheWayUpCounts() throws IOException {
        write("cgroup", "0::/outer/inner\n");
        write("mount/outer/inner/memory.max", "max\n");
        write("mount/outer/inner/memory.current", "100\n");
        write("mount/outer/memory.max", "4000\n");
        write("mount/outer/memory.current", "900\n");

        assertEquals(Optional.of(new Limit(900, 4000)), limit());
    }

    @Test
    void versionOneIsReadAtTheRootWhereThePathIsTheHosts() throws IOException {
        write("cgroup", "5:cpuset:/\n4:memory:/docker/abc\n0::/\n");
        write("mount/memory/memory.limit_in_bytes", "2000\n");
        write("mount/memory/memory.usage_in_bytes", "700\n");
        write("mount/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 200\n");

        assertEquals(Optional.of(new Limit(500, 2000)), limit());
    }

    @Test
    void aLimitAboveTheMachineIsNone() throws IOException {
        write("cgroup", "4:memory:/\n");
        write("mount/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("mount/memory/memory.usage_in_bytes", "700\n");

        assertEquals(Optional.empty(), limit());
    }

    @Test
    void aMachineWithoutControlGroupsHasNoLimit() {
        assertEquals(Optional.empty(), limit());
    }

    private Optional<Limit> limit() {
        return new CgroupMemory(folder.resolve("cgroup"), folder.resolve("mount")).below(MACHINE);
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
