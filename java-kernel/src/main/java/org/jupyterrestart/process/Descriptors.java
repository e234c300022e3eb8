package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What processes have open, by {@code /proc/PID/fd}: only those that our user may look into. */
public final class Descriptors {
    private Descriptors() {}

    /**
     * What each descriptor of a process stands for: a path, or a word such as {@code socket:[4711]}.
     *
     * @param proc {@code /proc}
     */
    public static Map<Integer, String> of(Path proc, int pid) {
        Map<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(proc.resolve(Integer.toString(pid)).resolve("fd"))) {
            for (Path entry : entries) {
                target(entry)
                        .forEach(file ->
                                open.put(Integer.valueOf(entry.getFileName().toString()), file));
            }
        } catch (IOException | DirectoryIteratorException _) {
            return open; // it has ended, or is not ours to look into
        }
        return open;
    }

    private static List<String> target(Path descriptor) {
        try {
            return List.of(Files.readSymbolicLink(descriptor).toString());
        } catch (IOException _) {
            return List.of(); // closed meanwhile
        }
    }

    /** Every process that {@code proc} lists. */
    public static List<Integer> pids(Path proc) {
        List<Integer> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
            entries.forEach(
                    entry -> pids.add(Integer.valueOf(entry.getFileName().toString())));
        } catch (IOException e) {
            throw new IllegalStateException("can't list " + proc, e);
        }
        return pids;
    }
}
