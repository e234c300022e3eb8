package org.jupyterrestart.resource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * All GPUs of this machine, whoever made them. Drivers are asked on a thread of their own, which is there while it is
 * needed: a driver that hangs takes its caller with it, and must not take the service.
 */
public final class MachineGpus implements GpuMonitor {
    private static final Duration PATIENCE = Duration.ofSeconds(12);
    private static final Duration GLANCE = Duration.ofMillis(300);

    /** A driver is loaded by its first question, which takes a second or two. */
    private static final Duration FIRST_GLANCE = Duration.ofSeconds(3);

    private static final GpuSample SILENT = GpuSample.troubled("the GPU's driver does not answer");
    private static final Duration THREAD_LIFE = Duration.ofSeconds(30);

    /** What a driver of NVIDIA's or AMD's makes when it is loaded, and every app that computes opens. */
    private static final List<String> DEVICES = List.of("nvidiactl", "kfd");

    private final Supplier<GpuSample> drivers;
    private final Path dev;
    private final Duration patience;
    private final ThreadPoolExecutor thread;

    /** Guards {@code pending}: several callers wait for one answer. */
    private final ReentrantLock lock = new ReentrantLock();

    private Future<GpuSample> pending;

    private volatile Future<GpuSample> overdue;
    private volatile Optional<GpuSample> last = Optional.empty();
    private volatile boolean isAbsent;

    /** Those that were there when no GPU was found. */
    private volatile List<String> devicesThen = List.of();

    /** {@code dev} is {@code /dev}. */
    MachineGpus(Supplier<GpuSample> drivers, Path dev, Duration patience) {
        this.drivers = drivers;
        this.dev = dev;
        this.patience = patience;
        thread = new ThreadPoolExecutor(
                1,
                1,
                THREAD_LIFE.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("gpu").daemon().factory());
        thread.allowCoreThreadTimeOut(true);
    }

    /** {@code path} is the variable {@code PATH}. */
    public static MachineGpus of(String path) {
        Path proc = Path.of("/proc");
        PidSpace pids = new PidSpace(proc);
        NvidiaMonitor library = new NvidiaMonitor(Nvml.LIBRARY, pids);
        NvidiaSmi tool = new NvidiaSmi(path, pids);
        AmdMonitor amd = new AmdMonitor(Path.of("/sys/class/drm"), proc);
        return new MachineGpus(
                () -> library.sample().or(tool::sample).orElse(GpuSample.NONE).and(amd.sample()),
                Path.of("/dev"),
                PATIENCE);
    }

    @Override
    public GpuSample sample() {
        return answer(patience).orElse(SILENT);
    }

    @Override
    public Optional<GpuSample> sampleWithin(Duration time) {
        return answer(time);
    }

    @Override
    public GpuSample recent() {
        return answer(last.isEmpty() ? FIRST_GLANCE : GLANCE).or(() -> last).orElse(GpuSample.NONE);
    }

    /** Empty where there is none in time, and at once where the one before has not come yet. */
    private Optional<GpuSample> answer(Duration time) {
        List<String> devices = devices();
        Future<GpuSample> question = ask();
        try {
            GpuSample sample = question.get(question.equals(overdue) ? 0 : time.toMillis(), TimeUnit.MILLISECONDS);
            last = Optional.of(sample);
            devicesThen = devices;
            isAbsent = sample.equals(GpuSample.NONE);
            return Optional.of(sample);
        } catch (TimeoutException _) {
            if (time.equals(patience)) {
                overdue = question;
                last = Optional.of(SILENT);
                isAbsent = false;
            }
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a GPU could not be asked", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Whoever asks while a question is under way gets its answer. */
    private Future<GpuSample> ask() {
        lock.lock();
        try {
            if (pending == null || pending.isDone()) {
                pending = thread.submit(drivers::get);
            }
            return pending;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isAbsent() {
        return isAbsent && devices().equals(devicesThen);
    }

    private List<String> devices() {
        return DEVICES.stream().filter(name -> Files.exists(dev.resolve(name))).toList();
    }
}
