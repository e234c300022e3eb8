package org.jupyterrestart.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Optional;
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
        try (Changes changes = Changes.in(text.file().toAbsolutePath().getParent())) {
            Log log = text.after(offset);
            long left = deadline - clock.now().nanos();
            while (log.lines().isEmpty() && left > 0) {
                changes.await(Math.min(left, LOOK_EVERY.toNanos()));
                log = text.after(offset);
                left = deadline - clock.now().nanos();
            }
            return log;
        }
    }

    /**
     * Tells that something in a folder has changed.
     *
     * @param watch empty where the user has used up his watches, of which Linux gives 128: then only the time passes
     */
    private record Changes(Optional<WatchService> watch) implements AutoCloseable {
        static Changes in(Path folder) throws IOException {
            WatchService watch;
            try {
                watch = folder.getFileSystem().newWatchService();
            } catch (IOException _) {
                return new Changes(Optional.empty());
            }
            if (Files.isDirectory(folder)) {
                folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            }
            return new Changes(Optional.of(watch));
        }

        /** Returns at the next change, or when the time is over. */
        void await(long nanos) throws InterruptedException {
            if (watch.isEmpty()) {
                TimeUnit.NANOSECONDS.sleep(nanos);
                return;
            }
            WatchKey key = watch.get().poll(nanos, TimeUnit.NANOSECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
        }

        @Override
        public void close() throws IOException {
            if (watch.isPresent()) {
                watch.get().close();
            }
        }
    }
}
