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
    private static final Duration SOON = Duration.ofSeconds(1);

    /** Nobody tells of edits that another machine made, or in a folder that was not there at the start. */
    private static final Duration UNTOLD = Duration.ofSeconds(30);

    private final ConfigFile file;
    private final Clock clock;
    private final Listener listener;

    /** Held while someone is told, so that it is of one thing after the other; guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean isClosed;
    private Clock.Cancellable next = () -> {};

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
        lookIn(UNTOLD);
    }

    /** Something has happened near the file: looks soon. */
    public void touched() {
        lookIn(SOON);
    }

    private void lookIn(Duration delay) {
        lock.lock();
        try {
            next.cancel();
            next = isClosed ? () -> {} : clock.after(delay, this::look);
        } finally {
            lock.unlock();
        }
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
            lookIn(file.isSettled() ? UNTOLD : SOON);
            lock.unlock();
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
        try {
            isClosed = true;
            next.cancel();
        } finally {
            lock.unlock();
        }
    }
}
