package org.jupyterrestart.process;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Reads {@code /proc}. A process may go at any moment, or belong to someone else: what can't be read is absent. */
public final class ProcFs {
    private static final int EXEC_PATIENCE_MS = 1_000;
    private static final int SHORT = 1024;
    private static final int USUAL_ENVIRONMENT = 8 * SHORT;
    private static final String IGNORED = "SigIgn:";

    private final Path root;

    /** {@code root} is {@code /proc}. */
    public ProcFs(Path root) {
        this.root = root;
    }

    /** The random id of this boot: the same pid and start time in another boot is another process. */
    String bootId() {
        Path file = root.resolve("sys/kernel/random/boot_id");
        return read(file)
                .map(String::strip)
                .orElseThrow(() -> new IllegalStateException(
                        "can't read %s: without it, processes of an earlier boot can't be told apart".formatted(file)));
    }

    /** The name of this machine, or of this container. */
    public String hostName() {
        return read(root.resolve("sys/kernel/hostname")).map(String::strip).orElse("localhost");
    }

    public Optional<ProcStat> stat(int pid) {
        return statLine(pid).map(ProcStat::parse);
    }

    /** What {@link ProcStat} reads. */
    Optional<String> statLine(int pid) {
        return read(of(pid).resolve("stat"));
    }

    /** Whether it ignores this signal, by the mask of {@code /proc/PID/status}. */
    boolean ignores(int pid, int signal) {
        return read(of(pid).resolve("status")).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(IGNORED))
                .map(line ->
                        Long.parseUnsignedLong(line.substring(IGNORED.length()).strip(), 16))
                .anyMatch(mask -> (mask >>> (signal - 1) & 1) == 1);
    }

    /** Another value after each exec; empty where our user may not see it. */
    Optional<String> image(int pid) {
        return statLine(pid).flatMap(ProcStat::image);
    }

    /** Every process that could be read, in no order; not one moment, the kernel offers none. */
    List<ProcStat> processes() {
        List<ProcStat> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, "[0-9]*")) {
            for (Path entry : entries) {
                read(entry.resolve("stat")).map(ProcStat::parse).ifPresent(found::add);
            }
        } catch (IOException e) {
            throw new IllegalStateException("can't list " + root, e);
        }
        return found;
    }

    /** Its children; none where this kernel does not list them. */
    List<Integer> children(ProcStat process) {
        return process.threads() == 1 ? childrenOfSingle(process.pid()) : children(process.pid());
    }

    /** The children of a process that has one thread. */
    List<Integer> childrenOfSingle(int pid) {
        return childrenOf(of(pid).resolve("task").resolve(Integer.toString(pid)));
    }

    private static List<Integer> childrenOf(Path thread) {
        return read(thread.resolve("children")).stream()
                .flatMap(text -> Stream.of(text.split(" ")))
                .filter(word -> !word.isEmpty())
                .map(Integer::valueOf)
                .toList();
    }

    /** The children of all threads of a process; none where this kernel does not list them. */
    List<Integer> children(int pid) {
        List<Integer> children = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(of(pid).resolve("task"))) {
            for (Path thread : threads) {
                children.addAll(childrenOf(thread));
            }
        } catch (IOException | DirectoryIteratorException _) {
            return children; // it has ended
        }
        return children;
    }

    /** The arguments the process was started with; empty for a kernel thread. */
    List<String> commandLine(int pid) {
        return read(of(pid).resolve("cmdline")).map(ProcFs::parseStrings).orElse(List.of());
    }

    /**
     * The environment the process was started with. For a moment of each exec, half a second on a busy machine, a
     * process shows none: that is waited for.
     */
    Map<String, String> environment(int pid) {
        String shown = shownEnvironment(pid);
        for (int waited = 0; shown.isEmpty() && waited < EXEC_PATIENCE_MS && isToShowMore(pid); waited++) {
            LockSupport.parkNanos(1_000_000);
            shown = shownEnvironment(pid);
        }
        return parseEnvironment(shown);
    }

    /** By one system call: by the next one the process may execute another program, and there is no rest. */
    private String shownEnvironment(int pid) {
        File file = of(pid).resolve("environ").toFile();
        for (int size = USUAL_ENVIRONMENT; ; size *= 16) {
            byte[] shown = new byte[size];
            try (FileInputStream in = new FileInputStream(file)) {
                int length = Math.max(0, in.read(shown));
                if (length < size) {
                    return new String(shown, 0, length, StandardCharsets.UTF_8);
                }
            } catch (IOException _) {
                return "";
            }
        }
    }

    /** Whether the process was started with this variable. */
    boolean hasVariable(int pid, String name, String value) {
        return value.equals(environment(pid).get(name));
    }

    private boolean isToShowMore(int pid) {
        return switch (statLine(pid).map(ProcStat::environment).orElse(ProcStat.Environment.NONE)) {
            case NONE -> false;
            case COMING, THERE -> true; // an exec may have begun, or ended, between the two looks
            case HIDDEN -> commandLine(pid).isEmpty(); // whatever its user, it shows its arguments afterwards
        };
    }

    /** The file that is executed. */
    Optional<Path> program(int pid) {
        try {
            return Optional.of(Files.readSymbolicLink(of(pid).resolve("exe")));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** The working directory, now. */
    Optional<Path> directory(int pid) {
        try {
            return Optional.of(Files.readSymbolicLink(of(pid).resolve("cwd")));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** Strings that each end in NUL; the last NUL may be missing, a process can overwrite its own. */
    static List<String> parseStrings(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        String ended = text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
        return List.of(ended.split("\0", -1));
    }

    /** The first of two entries with one name counts, as for getenv; what has no name is left out. */
    static Map<String, String> parseEnvironment(String text) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String entry : parseStrings(text)) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                environment.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return environment;
    }

    private Path of(int pid) {
        return root.resolve(Integer.toString(pid));
    }

    private static Optional<String> read(Path file) {
        // Not by a channel, which is a long way for files that are short and read often.
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            byte[] start = in.readNBytes(SHORT);
            if (start.length < SHORT) {
                return Optional.of(new String(start, StandardCharsets.UTF_8));
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(start);
            in.transferTo(all);
            return Optional.of(all.toString(StandardCharsets.UTF_8));
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
