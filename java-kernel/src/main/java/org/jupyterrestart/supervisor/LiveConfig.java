package org.jupyterrestart.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.ConfigFile.InForce;
import org.jupyterrestart.config.ConfigFile.Outcome;

/** Follows the config file: a good edit is taken at once, a bad one is told and changes nothing. */
public final class LiveConfig implements AutoCloseable {
    /** People save and look: they would not wait much longer. */
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final ConfigFile file;
    private final Clock clock;
    private final Listener listener;

    /** Held while someone is told, so that it is of one thing after the other; guards {@code isClosed}. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean isClosed;

    public LiveConfig(ConfigFile file, Clock clock, Listener listener) {
        this.file = file;
        this.clock = clock;
        this.listener = listener;
    }

    /** Who keeps to the config. */
    public interface Listener {
        /** Something else is in force; asked when its turn comes, {@code inForce} tells the last of several edits. */
        Accepted changed(Supplier<InForce> inForce);

        void rejected(List<String> problems);
    }

    /** What became of a text that was to be the file's. */
    public sealed interface Written {
        record Taken(Accepted accepted) implements Written {}

        /** Nothing was written. */
        record Rejected(List<String> problems) implements Written {}
    }

    /** From now on. */
    public void start() {
        clock.after(EVERY, this::look);
    }

    public InForce inForce() {
        return file.inForce();
    }

    /** Puts a text in the place of the file and in force, if it is good. */
    public Written write(String toml) throws IOException {
        lock.lock();
        try {
            return switch (file.write(toml)) {
                case Outcome.Taken _ -> new Written.Taken(listener.changed(file::inForce));
                case Outcome.Rejected(List<String> problems) -> new Written.Rejected(problems);
            };
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        lock.lock();
        try {
            if (!isClosed) {
                file.look().ifPresent(this::tell);
            }
        } finally {
            lock.unlock();
            start();
        }
    }

    private void tell(Outcome outcome) {
        switch (outcome) {
            case Outcome.Taken _ -> listener.changed(file::inForce);
            case Outcome.Rejected(List<String> problems) -> listener.rejected(problems);
        }
    }

    /** Nobody is told of a look any more. */
    @Override
    public void close() {
        lock.lock();
        isClosed = true;
        lock.unlock();
    }
}
