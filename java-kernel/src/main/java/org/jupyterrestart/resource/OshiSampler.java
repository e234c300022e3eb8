package org.jupyterrestart.resource;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jupyterrestart.process.ProcFs;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.CgroupMemory.Limit;
import oshi.hardware.GlobalMemory;
import oshi.nativefree.SystemInfo;

/**
 * Machine facts by OSHI's native-free backend, which loads no library; a process straight from /proc, where OSHI needs
 * 15 times longer for it.
 */
public final class OshiSampler implements ResourceSampler {
    private final Path home;
    private final GpuMonitor gpus;
    private final GlobalMemory memory = new SystemInfo().getHardware().getMemory();
    private final ProcFs procFs = new ProcFs(Path.of("/proc"));
    private final OpenFiles openFiles = new OpenFiles(Path.of("/proc"));
    private final CgroupMemory cgroup = new CgroupMemory(Path.of("/proc/self/cgroup"), Path.of("/sys/fs/cgroup"));

    /** {@code home} is the folder whose file system is measured as the disk. */
    public OshiSampler(Path home, GpuMonitor gpus) {
        this.home = home;
        this.gpus = gpus;
    }

    @Override
    public Resources sample() {
        GpuSample gpu = gpus.recent();
        long machineTotal = memory.getTotal();
        Optional<Limit> container = cgroup.below(machineTotal);
        long diskTotal = home.toFile().getTotalSpace();
        long diskFree = home.toFile().getFreeSpace();
        return new Resources(
                Instant.now(),
                OptionalLong.of(container.map(Limit::used).orElseGet(() -> machineTotal - memory.getAvailable())),
                OptionalLong.of(container.map(Limit::total).orElse(machineTotal)),
                diskTotal == 0 ? OptionalLong.empty() : OptionalLong.of(diskTotal - diskFree),
                diskTotal == 0 ? OptionalLong.empty() : OptionalLong.of(diskTotal),
                gpu.gpus(),
                gpu.trouble());
    }

    @Override
    public OptionalLong memoryOf(List<ProcessIdentity> tree) {
        return tree.stream()
                .flatMap(member -> procFs
                        .stat(member.pid())
                        .filter(process -> process.startTicks() == member.startTicks() && !process.isZombie())
                        .stream())
                .mapToLong(process -> process.residentPages() * memory.getPageSize())
                .reduce(Long::sum);
    }

    @Override
    public OptionalLong diskFree(Path folder) {
        // Java has no other word for "can't be known" than 0, which a full disk has as well: that one has a size.
        return folder.toFile().getTotalSpace() == 0
                ? OptionalLong.empty()
                : OptionalLong.of(folder.toFile().getUsableSpace());
    }

    @Override
    public long deletedFiles(List<ProcessIdentity> tree, Path folder) {
        return openFiles.deleted(tree, folder);
    }
}
