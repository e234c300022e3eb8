package org.jupyterrestart.process;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Sees processes end: one thread in {@code epoll_wait} over their pidfds, however many there are. It reaps children by
 * pidfd alone, so it never takes the status of a child that someone else in this JVM started.
 *
 * <p>Listeners run under the lock, so that none runs after {@link #unwatch}; they must not block.
 */
final class ExitWatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ExitWatcher.class.getName());
    private static final int EVENTS_AT_ONCE = 64;
    private static final long WAKE_TOKEN = 0;

    /** How long another parent, or a keeper, may take to collect and tell the status of a process that has ended. */
    private static final Duration STATUS_DEADLINE = Duration.ofMillis(500);

    private static final int STATUS_RETRY_MS = 1;

    private final Keepers keepers;
    private final int epoll = OsException.check("create an epoll", LibEpoll.create());
    private final int waker = OsException.check("create an eventfd", LibEpoll.createWaker());
    private final Map<Long, Watch> byToken = new HashMap<>();
    private final Map<ProcessIdentity, Watch> byIdentity = new HashMap<>();
    private final Map<ProcessIdentity, Consumer<ExitStatus>> late = new LinkedHashMap<>();
    private final List<Watch> statusPending = new ArrayList<>();
    private final Map<ProcessIdentity, ExitStatus> remembered = new Remembered();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("exit-watcher").unstarted(this::run);
    private long lastToken = WAKE_TOKEN;
    private boolean closed;

    ExitWatcher(Keepers keepers) {
        this.keepers = keepers;
        OsException.check("watch an eventfd", LibEpoll.add(epoll, waker, WAKE_TOKEN));
        thread.start();
    }

    /** Takes over a child of ours and its pidfd: it will be reaped, watched or not. */
    synchronized void addChild(ProcessIdentity identity, PidFd pidfd) {
        register(new Watch(++lastToken, identity, pidfd, true));
    }

    /** A second watch of one process takes the place of the first. No pidfd: the process is gone. */
    synchronized void watch(ProcessIdentity identity, Optional<PidFd> pidfd, Consumer<ExitStatus> listener) {
        Watch known = byIdentity.get(identity);
        if (known != null) {
            pidfd.ifPresent(PidFd::close);
            known.listener = listener;
        } else if (pidfd.isPresent() && !remembered.containsKey(identity)) {
            Watch added = new Watch(++lastToken, identity, pidfd.get(), false);
            added.listener = listener;
            register(added);
        } else {
            pidfd.ifPresent(PidFd::close); // reaped since the pidfd was opened
            late.put(identity, listener);
            wake();
        }
    }

    synchronized void unwatch(ProcessIdentity identity) {
        late.remove(identity);
        Watch known = byIdentity.get(identity);
        if (known == null) {
            return;
        }
        known.listener = _ -> {};
        if (!known.isChild) {
            forget(known);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            wake();
        }
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void register(Watch watch) {
        byToken.put(watch.token, watch);
        byIdentity.put(watch.identity, watch);
        OsException.check(
                "watch process %d".formatted(watch.identity.pid()),
                LibEpoll.add(epoll, watch.pidfd.descriptor(), watch.token));
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = LibEpoll.allocateEvents(arena, EVENTS_AT_ONCE);
            boolean open = true;
            while (open) {
                open = turn(events);
            }
        } finally {
            release();
        }
    }

    private boolean turn(MemorySegment events) {
        int count = LibEpoll.await(epoll, events, timeoutMs());
        if (count == -Errno.EINTR) {
            return true;
        }
        OsException.check("wait for processes", count);
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                ready(LibEpoll.token(events, i));
            }
            List.copyOf(statusPending).forEach(this::askAgain);
            callLate();
            return !closed;
        }
    }

    private synchronized int timeoutMs() {
        return statusPending.isEmpty() ? -1 : STATUS_RETRY_MS;
    }

    private void ready(long token) {
        if (token == WAKE_TOKEN) {
            OsException.check("clear an eventfd", LibEpoll.clear(waker));
            return;
        }
        Watch watch = byToken.remove(token);
        if (watch == null) {
            return; // unwatched since epoll_wait returned
        }
        LibEpoll.remove(epoll, watch.pidfd.descriptor());
        watch.statusDeadline = System.nanoTime() + STATUS_DEADLINE.toNanos();
        statusPending.add(watch);
    }

    private void askAgain(Watch watch) {
        boolean isLate = System.nanoTime() - watch.statusDeadline > 0;
        switch (EndedProcess.ask(watch.identity, watch.pidfd, keepers)) {
            case EndedProcess.Answer.Known(ExitStatus status) -> end(watch, status);
            case EndedProcess.Answer.NotYet _ when !isLate -> {}
            case EndedProcess.Answer.NotYet _, EndedProcess.Answer.Never _ -> end(watch, new ExitStatus.Unknown());
        }
    }

    private void end(Watch watch, ExitStatus status) {
        forget(watch);
        remembered.put(watch.identity, status);
        call(watch.identity, watch.listener, status);
    }

    private void callLate() {
        Map<ProcessIdentity, Consumer<ExitStatus>> due = new LinkedHashMap<>(late);
        late.clear();
        due.forEach((identity, listener) -> {
            ExitStatus status = Optional.ofNullable(remembered.get(identity))
                    .or(() -> keepers.recordOf(identity).flatMap(KeeperRecord::ended))
                    .orElse(new ExitStatus.Unknown());
            call(identity, listener, status);
        });
    }

    private static void call(ProcessIdentity identity, Consumer<ExitStatus> listener, ExitStatus status) {
        try {
            listener.accept(status);
        } catch (RuntimeException e) {
            // A listener's bug must not blind us to the ends of all other processes.
            LOG.log(System.Logger.Level.ERROR, "the listener for the end of " + identity + " failed", e);
        }
    }

    /** Closing the pidfd also takes it out of the epoll: nothing else has it open. */
    private void forget(Watch watch) {
        byToken.remove(watch.token);
        byIdentity.remove(watch.identity, watch);
        statusPending.remove(watch);
        watch.pidfd.close();
    }

    private void wake() {
        OsException.check("wake the exit watcher", LibEpoll.wake(waker));
    }

    private synchronized void release() {
        closed = true;
        List.copyOf(byIdentity.values()).forEach(this::forget);
        LibC.close(epoll);
        LibC.close(waker);
    }

    private static final class Watch {
        final long token;
        final ProcessIdentity identity;
        final PidFd pidfd;
        final boolean isChild;
        Consumer<ExitStatus> listener = _ -> {};
        long statusDeadline;

        Watch(long token, ProcessIdentity identity, PidFd pidfd, boolean isChild) {
            this.token = token;
            this.identity = identity;
            this.pidfd = pidfd;
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
