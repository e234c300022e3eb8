package org.jupyterrestart.process;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Sees processes end, by their pidfds or by their keepers' word. It reaps children by pidfd alone, so it never takes
 * the status of a child that someone else in this JVM started. Any thread may call; everything happens on the loop.
 */
final class ExitWatcher {
    private static final System.Logger LOG = System.getLogger(ExitWatcher.class.getName());

    /** How long another parent may take to collect the status of a process that has ended. */
    private static final Duration STATUS_DEADLINE = Duration.ofMillis(500);

    /** How long a keeper may: a disk may let it wait for a while, but one that was stopped never tells. */
    private static final Duration PROMISE_DEADLINE = Duration.ofSeconds(20);

    private static final int STATUS_RETRY_MS = 1;

    private final EventLoop loop;
    private final Keepers keepers;
    private final Function<ProcessIdentity, Optional<PidFd>> pin;
    private final Remains remains;
    private final Map<ProcessIdentity, Watch> byIdentity = new HashMap<>();
    private final Map<ProcessIdentity, ExitStatus> remembered = new Remembered();

    /** {@code pin} opens a pidfd of exactly this process, if it is there, reaped or not. */
    ExitWatcher(EventLoop loop, Keepers keepers, Function<ProcessIdentity, Optional<PidFd>> pin, Remains remains) {
        this.loop = loop;
        this.keepers = keepers;
        this.pin = pin;
        this.remains = remains;
    }

    /** Takes over a child of ours and its pidfd: it will be reaped, watched or not. */
    void addChild(ProcessIdentity identity, PidFd pidfd) {
        loop.execute(() -> {
            Watch watch = new Watch(identity, true);
            byIdentity.put(identity, watch);
            follow(watch, pidfd);
        });
    }

    /** A second watch of one process takes the place of the first. */
    void watch(ProcessIdentity identity, Consumer<ExitStatus> listener) {
        loop.execute(() -> {
            Watch known = byIdentity.get(identity);
            ExitStatus status = remembered.get(identity);
            if (status != null) {
                loop.submit(() -> call(identity, listener, status));
            } else if (known != null) {
                known.listener = listener;
            } else {
                Watch watch = new Watch(identity, false);
                watch.listener = listener;
                byIdentity.put(identity, watch);
                if (!keepers.willTell(identity)) {
                    followByPid(watch);
                }
            }
        });
    }

    /** Its listener is not called after this, unless another thread than the loop's was told of the end already. */
    void unwatch(ProcessIdentity identity) {
        loop.executeAndWait(() -> {
            Watch known = byIdentity.get(identity);
            if (known != null) {
                known.listener = _ -> {};
                if (!known.isChild) {
                    forget(known);
                }
            }
        });
    }

    /** On the loop: a keeper has told how the app ended. */
    void ended(ProcessIdentity identity, ExitStatus status) {
        remembered.put(identity, status);
        Optional.ofNullable(byIdentity.get(identity)).ifPresent(watch -> end(watch, status));
    }

    /** On the loop: whoever was to tell of its end won't. */
    void followByPid(ProcessIdentity identity) {
        Optional.ofNullable(byIdentity.get(identity)).ifPresent(this::followByPid);
    }

    private void followByPid(Watch watch) {
        Optional<PidFd> pidfd = pin.apply(watch.identity);
        if (pidfd.isPresent()) {
            follow(watch, pidfd.get());
        } else {
            ExitStatus status = keepers.recordOf(watch.identity)
                    .flatMap(KeeperRecord::ended)
                    .orElse(new ExitStatus.Unknown());
            loop.submit(() -> {
                if (byIdentity.get(watch.identity) == watch) {
                    end(watch, status);
                }
            });
        }
    }

    private void follow(Watch watch, PidFd pidfd) {
        watch.pidfd = Optional.of(pidfd);
        watch.token = loop.add(pidfd.descriptor(), () -> {
            loop.remove(watch.token, pidfd.descriptor());
            ask(watch, pidfd, System.nanoTime());
        });
    }

    private void ask(Watch watch, PidFd pidfd, long since) {
        if (byIdentity.get(watch.identity) != watch) {
            return; // unwatched meanwhile
        }
        switch (EndedProcess.ask(watch.identity, pidfd, keepers, remains)) {
            case EndedProcess.Answer.Known(ExitStatus status) -> end(watch, status);
            case EndedProcess.Answer.NotYet _ -> askAgain(watch, pidfd, since, STATUS_DEADLINE);
            case EndedProcess.Answer.Promised _ -> askAgain(watch, pidfd, since, PROMISE_DEADLINE);
            case EndedProcess.Answer.Never _ -> end(watch, new ExitStatus.Unknown());
        }
    }

    private void askAgain(Watch watch, PidFd pidfd, long since, Duration patience) {
        if (System.nanoTime() - since > patience.toNanos()) {
            end(watch, new ExitStatus.Unknown());
        } else {
            loop.after(STATUS_RETRY_MS, () -> ask(watch, pidfd, since));
        }
    }

    private void end(Watch watch, ExitStatus status) {
        forget(watch);
        remembered.put(watch.identity, status);
        call(watch.identity, watch.listener, status);
    }

    private static void call(ProcessIdentity identity, Consumer<ExitStatus> listener, ExitStatus status) {
        try {
            listener.accept(status);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the listener for the end of " + identity + " failed", e);
        }
    }

    private void forget(Watch watch) {
        byIdentity.remove(watch.identity, watch);
        watch.pidfd.ifPresent(pidfd -> {
            loop.remove(watch.token, pidfd.descriptor());
            pidfd.close();
        });
        watch.pidfd = Optional.empty();
    }

    /** When the loop has ended: gives back what is open. */
    void release() {
        byIdentity.values().forEach(watch -> watch.pidfd.ifPresent(PidFd::close));
    }

    private static final class Watch {
        final ProcessIdentity identity;
        final boolean isChild;
        Optional<PidFd> pidfd = Optional.empty();
        long token;
        Consumer<ExitStatus> listener = _ -> {};

        Watch(ProcessIdentity identity, boolean isChild) {
            this.identity = identity;
            this.isChild = isChild;
        }
    }

    /** The last statuses, for a watch that comes after the end. */
    private static final class Remembered extends LinkedHashMap<ProcessIdentity, ExitStatus> {
        private static final long serialVersionUID = 1L;
        private static final int ROOM = 1024;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ProcessIdentity, ExitStatus> eldest) {
            return size() > ROOM;
        }
    }
}
