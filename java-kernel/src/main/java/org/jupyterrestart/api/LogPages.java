package org.jupyterrestart.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.supervisor.Clock;

/** Answers who reads or follows a log file. */
final class LogPages {
    /** A network file system tells nobody of changes made elsewhere, so the file is looked at this often anyway. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Clock clock;

    LogPages(Clock clock) {
        this.clock = clock;
    }

    /**
     * What a client asks for.
     *
     * @param n last lines, where there is no {@code after}
     * @param after the offset behind the last line it knows
     */
    record LogQuery(int n, OptionalLong after, Duration timeout) {}

    Log read(LogText text, LogQuery query) throws InterruptedException {
        try {
            long deadline = clock.now().nanos() + query.timeout().toNanos();
            Log log = query.after().isPresent() ? text.after(query.after().getAsLong()) : text.last(query.n());
            return log.lines().isEmpty() && query.timeout().isPositive()
                    ? awaitLines(text, log.offset(), deadline)
                    : log;
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read %s: %s".formatted(text.file(), e), e);
        }
    }

    private Log awaitLines(LogText text, long offset, long deadline) throws IOException, InterruptedException {
        Path file = text.file();
        try (WatchService watch = file.getFileSystem().newWatchService()) {
            Path folder = file.toAbsolutePath().getParent();
            if (Files.isDirectory(folder)) {
                folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            }
            Log log = text.after(offset);
            long left = deadline - clock.now().nanos();
            while (log.lines().isEmpty() && left > 0) {
                WatchKey key = watch.poll(Math.min(left, LOOK_EVERY.toNanos()), TimeUnit.NANOSECONDS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                }
                log = text.after(offset);
                left = deadline - clock.now().nanos();
            }
            return log;
        }
    }
}
