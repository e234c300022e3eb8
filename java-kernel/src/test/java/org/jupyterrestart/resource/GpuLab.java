package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/** A driver's library that tells what a test says, built by gcc; and a machine's files, faked. */
public final class GpuLab {
    private static final Path SOURCE = Path.of("src/test/c/nvml_stub.c");

    private final Path folder;

    /** Builds the library. */
    public GpuLab(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("lib"));
        says(); // no GPU
        Process compiler = new ProcessBuilder(
                        "gcc",
                        "-shared",
                        "-fPIC",
                        "-Wall",
                        "-Werror",
                        "-DSTATE=\"" + folder.resolve("state") + "\"",
                        "-o",
                        library().toString(),
                        SOURCE.toString())
                .inheritIO()
                .start();
        assertEquals(0, compiler.waitFor());
    }

    public Path library() {
        return folder.resolve("lib/libnvidia-ml.so.1");
    }

    /** From now on; the lines are explained in the library's source. */
    public void says(String... lines) throws IOException {
        Path next = folder.resolve("state.next");
        Files.write(next, List.of(lines));
        Files.move(next, folder.resolve("state"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Asks the library, on a thread of its own. */
    public GpuMonitor monitor() throws IOException {
        NvidiaMonitor library = new NvidiaMonitor(library().toString(), hostPids());
        return new MachineGpus(() -> library.sample().orElse(GpuSample.NONE), folder, Duration.ofSeconds(20));
    }

    /** Pids are the host's, as for a service outside of containers. */
    PidSpace hostPids() throws IOException {
        return pids("pid:[4026531836]");
    }

    /** Pids are a container's. */
    PidSpace containerPids() throws IOException {
        return pids("pid:[4026532999]");
    }

    private PidSpace pids(String namespace) throws IOException {
        Path ns = proc().resolve("self/ns");
        Files.createDirectories(ns);
        Files.deleteIfExists(ns.resolve("pid"));
        Files.createSymbolicLink(ns.resolve("pid"), Path.of(namespace));
        return new PidSpace(proc());
    }

    Path proc() {
        return folder.resolve("proc");
    }

    /** A process has a file open, and {@code info} in the file of that descriptor. */
    void opens(int pid, int descriptor, String file, String info) throws IOException {
        Path process = proc().resolve(Integer.toString(pid));
        Files.createDirectories(process.resolve("fd"));
        Files.createDirectories(process.resolve("fdinfo"));
        Files.createSymbolicLink(process.resolve("fd/" + descriptor), Path.of(file));
        Files.writeString(process.resolve("fdinfo/" + descriptor), info);
    }
}
