package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jupyterrestart.process.Descriptors;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

/**
 * AMD GPUs by what the kernel's driver shows in {@code /sys/class/drm}, and what each process has of them by its
 * {@code fdinfo}, where the kernel (5.19 or newer) tells.
 */
final class AmdMonitor {
    private static final String RENDER_NODES = "/dev/dri/";

    private final Path drm;
    private final Path proc;

    /** {@code drm} is {@code /sys/class/drm}, {@code proc} is {@code /proc}. */
    AmdMonitor(Path drm, Path proc) {
        this.drm = drm;
        this.proc = proc;
    }

    GpuSample sample() {
        List<Path> cards = cards();
        if (cards.isEmpty()) {
            return GpuSample.NONE;
        }
        Map<String, Map<Integer, Long>> byAddress = memoryByAddress();
        return new GpuSample(
                cards.stream().flatMap(card -> device(card, byAddress).stream()).toList(), Optional.empty());
    }

    /** Their folders; connectors such as {@code card0-HDMI-A-1} are none. */
    private List<Path> cards() {
        List<Path> cards = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                drm, entry -> entry.getFileName().toString().matches("card\\d+"))) {
            for (Path entry : entries) {
                if (Files.exists(entry.resolve("device/mem_info_vram_used"))) {
                    cards.add(entry.resolve("device"));
                }
            }
        } catch (IOException _) {
            return List.of(); // no graphics in this kernel, or in this container
        }
        return cards.stream().sorted().toList();
    }

    private static Optional<Device> device(Path card, Map<String, Map<Integer, Long>> byAddress) {
        OptionalLong used = number(card.resolve("mem_info_vram_used"));
        OptionalLong total = number(card.resolve("mem_info_vram_total"));
        if (used.isEmpty() || total.isEmpty()) {
            return Optional.empty(); // it was taken out meanwhile
        }
        OptionalLong busy = number(card.resolve("gpu_busy_percent"));
        Gpu gpu = new Gpu(
                name(card),
                used.getAsLong(),
                total.getAsLong(),
                busy.isPresent() ? OptionalInt.of((int) busy.getAsLong()) : OptionalInt.empty());
        return Optional.of(new Device(gpu, address(card).map(byAddress::get)));
    }

    private static String name(Path card) {
        return read(card.resolve("product_name"))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .orElseGet(() -> "AMD GPU"
                        + read(card.resolve("device"))
                                .map(id -> " " + id.strip())
                                .orElse(""));
    }

    /** The PCI address, such as {@code 0000:03:00.0}: the link's target is named by it. */
    private static Optional<String> address(Path card) {
        try {
            return Optional.of(card.toRealPath().getFileName().toString());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** Bytes by pid, for each PCI address that a process has open. */
    private Map<String, Map<Integer, Long>> memoryByAddress() {
        Map<String, Map<Integer, Long>> found = new HashMap<>();
        Set<FdInfo.Client> seen = new HashSet<>();
        for (int pid : Descriptors.pids(proc)) {
            Descriptors.of(proc, pid).forEach((descriptor, file) -> {
                if (file.startsWith(RENDER_NODES)) {
                    read(proc.resolve(pid + "/fdinfo/" + descriptor))
                            .flatMap(FdInfo::parse)
                            .filter(info -> seen.add(info.client())) // descriptors are shared, also by processes
                            .ifPresent(
                                    info -> found.computeIfAbsent(info.client().address(), _ -> new HashMap<>())
                                            .merge(pid, info.vram(), Long::sum));
                }
            });
        }
        return found;
    }

    private static OptionalLong number(Path file) {
        return read(file).map(String::strip).filter(text -> text.matches("\\d{1,18}")).stream()
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
