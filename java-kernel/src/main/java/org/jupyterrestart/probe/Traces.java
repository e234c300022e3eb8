package org.jupyterrestart.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.config.ProbeSpec.Trace;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.supervisor.Prober.Subject;

/** Reads what changes while an app makes progress. */
final class Traces {
    private Traces() {}

    /**
     * A trace of one app.
     *
     * @param name for people
     * @param value equal to the last one while nothing changes
     */
    record Reading(String name, Supplier<String> value) {
        String now() {
            return value.get();
        }
    }

    static Reading of(Trace trace, Subject subject, ProcessControl processes) {
        return switch (trace) {
            case Trace.Cpu _ -> new Reading("the CPU time of its processes", () -> cpu(subject, processes));
            case Trace.Output _ -> new Reading("its output " + subject.output(), () -> length(subject.output()));
            case Trace.Path(Path path) -> new Reading(path.toString(), () -> stamps(path));
        };
    }

    private static String cpu(Subject subject, ProcessControl processes) {
        Duration sum = processes.tree(subject.identity(), subject.mark()).stream()
                .flatMap(member -> ProcessHandle.of(member.pid()).stream())
                .flatMap(process -> process.info().totalCpuDuration().stream())
                .reduce(Duration.ZERO, Duration::plus);
        return sum.toString();
    }

    private static String stamps(Path path) {
        if (!Files.isDirectory(path)) {
            return stamp(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.sorted().map(Traces::stamp).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Not the time: it changes, too, when the beginning of a log is put aside. */
    private static String length(Path log) {
        try {
            return "" + Files.size(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return "%s %d %s %s".formatted(file, now.size(), now.lastModifiedTime(), now.fileKey());
        } catch (IOException e) {
            // What is not there does not change either.
            return e.toString();
        }
    }
}
