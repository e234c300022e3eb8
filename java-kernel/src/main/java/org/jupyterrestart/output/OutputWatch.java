package org.jupyterrestart.output;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jupyterrestart.process.FileHole;
import org.jupyterrestart.supervisor.Clock;

/** Looks at the logs of all apps, and of their hooks and probes, from time to time: often while they grow fast. */
public final class OutputWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OutputWatch.class.getName());
    private static final Duration USUAL_PAUSE = Duration.ofSeconds(10);
    private static final Duration PAUSE_WHILE_FAST = Duration.ofSeconds(1);

    private final Path folder;
    private final Supplier<OutputLimits> limits;
    private final Clock clock;

    /** Held during a look; guards all below. */
    private final ReentrantLock looking = new ReentrantLock();

    private final Set<Path> complained = new HashSet<>();
    private final Set<Path> unrotatable = new HashSet<>();
    private final Map<Path, Seen> seen = new HashMap<>();
    private boolean isClosed;

    /** {@code folder} holds the logs, and folders of logs; {@code limits} are asked at each look. */
    public OutputWatch(Path folder, Supplier<OutputLimits> limits, Clock clock) {
        this.folder = folder;
        this.limits = limits;
        this.clock = clock;
    }

    public void start() {
        clock.after(PAUSE_WHILE_FAST, this::look);
    }

    /** A log after its last rotation. */
    private record Seen(long size, long head) {
        static final Seen NEVER = new Seen(-1, 0);

        /** Most looks end here: to find the pieces of a log, its whole folder is listed. */
        boolean isEnough(long now, OutputLimits limits) {
            boolean isDueByTime = limits.every().isPresent() && !(now == size && now == head);
            return now >= head && now - head < limits.maxBytes() && !isDueByTime;
        }
    }

    private void look() {
        looking.lock();
        try {
            if (!isClosed) {
                boolean isFast = logs().stream().filter(this::rotate).count() > 0;
                clock.after(isFast ? PAUSE_WHILE_FAST : USUAL_PAUSE, this::look);
            }
        } finally {
            looking.unlock();
        }
    }

    private List<Path> logs() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder, 2)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".log"))
                    .toList();
        } catch (IOException e) {
            LOG.log(WARNING, "Could not list the logs in %s: %s".formatted(folder, e));
            return List.of();
        }
    }

    private boolean rotate(Path log) {
        if (unrotatable.contains(log)) {
            return false;
        }
        try {
            OutputLimits now = limits.get();
            if (seen.getOrDefault(log, Seen.NEVER).isEnough(Files.size(log), now)) {
                return false;
            }
            OutputFile output = new OutputFile(log);
            boolean isRotated = new OutputRotation(output, now).run(clock.now().wall());
            seen.put(log, new Seen(Files.size(log), output.head(output.pieces())));
            complained.remove(log);
            return isRotated;
        } catch (NoSuchFileException _) {
            return false; // someone took it away
        } catch (FileHole.UnsupportedException e) {
            unrotatable.add(log);
            complain(log, e, "it grows in place. Put the service's home on a local disk");
            return false;
        } catch (IOException e) {
            complain(log, e, "it grows until that can be done. Make room on the disk");
            return false;
        }
    }

    private void complain(Path log, IOException why, String consequence) {
        if (complained.add(log)) {
            LOG.log(WARNING, "The log %s can't be rotated (%s): %s.".formatted(log, why.getMessage(), consequence));
        }
    }

    /** Returns when no file is touched any more. */
    @Override
    public void close() {
        looking.lock();
        try {
            isClosed = true;
        } finally {
            looking.unlock();
        }
    }
}
