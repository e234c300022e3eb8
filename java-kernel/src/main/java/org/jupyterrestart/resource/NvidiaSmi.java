package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

/**
 * NVIDIA GPUs by the tool {@code nvidia-smi}, for where the driver's library can't be loaded: a hundred times slower
 * than that.
 */
final class NvidiaSmi {
    private static final String TOOL = "nvidia-smi";
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String GPUS = "--query-gpu=uuid,memory.used,memory.total,utilization.gpu,name";
    private static final String PROCESSES = "--query-compute-apps=gpu_uuid,pid,used_memory";
    private static final int GPU_FIELDS = 5;
    private static final int PROCESS_FIELDS = 3;

    private final String path;
    private final PidSpace pids;

    /** {@code path} is the variable {@code PATH}. */
    NvidiaSmi(String path, PidSpace pids) {
        this.path = path;
        this.pids = pids;
    }

    /** Empty where there is no such tool. */
    Optional<GpuSample> sample() {
        return find().map(tool -> {
            try {
                return parse(run(tool, GPUS), run(tool, PROCESSES), pids);
            } catch (IOException e) {
                return GpuSample.troubled("NVIDIA: " + e.getMessage());
            }
        });
    }

    private Optional<Path> find() {
        return Stream.of(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, TOOL))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static List<String> run(Path tool, String query) throws IOException {
        Path output = Files.createTempFile("nvidia-smi", ".csv");
        try {
            Process process = new ProcessBuilder(tool.toString(), query, "--format=csv,noheader,nounits")
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException("%s did not end within %d s".formatted(TOOL, PATIENCE.toSeconds()));
            }
            List<String> lines = Files.readAllLines(output);
            if (process.exitValue() != 0) {
                throw new IOException("%s ended with %d: %s"
                        .formatted(
                                TOOL,
                                process.exitValue(),
                                String.join(" ", lines).strip()));
            }
            return lines;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Lines that are not of the form asked for are left out: the tool mixes warnings into them. */
    static GpuSample parse(List<String> gpus, List<String> processes, PidSpace pids) {
        Map<String, Map<Integer, Long>> byGpu = new HashMap<>();
        for (String line : processes) {
            String[] fields = line.split(",", PROCESS_FIELDS);
            if (fields.length == PROCESS_FIELDS && number(fields[1]).isPresent()) {
                long bytes = mebibytes(fields[2]).orElse(Device.UNTOLD);
                byGpu.computeIfAbsent(fields[0].strip(), _ -> new HashMap<>())
                        .merge((int) number(fields[1]).getAsLong(), bytes, Math::max);
            }
        }
        List<Device> devices = new ArrayList<>();
        for (String line : gpus) {
            String[] fields = line.split(",", GPU_FIELDS);
            if (fields.length == GPU_FIELDS
                    && mebibytes(fields[1]).isPresent()
                    && mebibytes(fields[2]).isPresent()) {
                devices.add(device(fields, byGpu.getOrDefault(fields[0].strip(), Map.of()), pids));
            }
        }
        return new GpuSample(devices, Optional.empty());
    }

    private static Device device(String[] fields, Map<Integer, Long> memoryByPid, PidSpace pids) {
        OptionalLong busy = number(fields[3]);
        Gpu gpu = new Gpu(
                fields[4].strip(),
                mebibytes(fields[1]).getAsLong(),
                mebibytes(fields[2]).getAsLong(),
                busy.isPresent() ? OptionalInt.of((int) busy.getAsLong()) : OptionalInt.empty());
        return new Device(gpu, pids.ours(memoryByPid));
    }

    private static OptionalLong mebibytes(String field) {
        OptionalLong number = number(field);
        return number.isPresent() ? OptionalLong.of(number.getAsLong() << 20) : OptionalLong.empty();
    }

    /** Empty for {@code [N/A]} and the like. */
    private static OptionalLong number(String field) {
        String text = field.strip();
        return text.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
