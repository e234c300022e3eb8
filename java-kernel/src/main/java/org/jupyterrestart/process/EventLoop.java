package org.jupyterrestart.process;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One thread in {@code epoll_wait} over everything that can happen: processes that end, keepers that report, tasks of
 * other threads. What it runs must not block, and needs no lock to what only it touches.
 */
public final class EventLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());
    private static final int EVENTS_AT_ONCE = 64;
    private static final int TASKS_AT_ONCE = 256;
    private static final long WAKE_TOKEN = 0;
    private static final long NANOS_IN_MS = 1_000_000;

    private final int epoll = OsException.check("create an epoll", LibEpoll.create());
    private final int waker = OsException.check("create an eventfd", LibEpoll.createWaker());
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAsleep = new AtomicBoolean();
    private final Map<Long, Runnable> byToken = new HashMap<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::nanos));
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("supervisor").unstarted(this::run);
    private long lastToken = WAKE_TOKEN;
    private volatile boolean isClosed;

    private record Timer(long nanos, Runnable task) {}

    EventLoop() {
        OsException.check("watch an eventfd", LibEpoll.add(epoll, waker, WAKE_TOKEN));
        thread.start();
    }

    /** Runs {@code task} on the loop after those before it; never once it is closed. Any thread may call. */
    public void submit(Runnable task) {
        tasks.add(task);
        if (isAsleep.get() && isAsleep.compareAndSet(true, false)) {
            wake();
        }
    }

    /** Now if this is the loop's thread, else as {@link #submit}. */
    void execute(Runnable task) {
        if (isLoop()) {
            task.run();
        } else {
            submit(task);
        }
    }

    /** As {@link #execute}, and returns when it is done, or will never be. */
    void executeAndWait(Runnable task) {
        if (isLoop()) {
            task.run();
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        submit(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        try {
            while (ended.getCount() > 0 && !done.await(10, TimeUnit.MILLISECONDS)) {
                Thread.onSpinWait();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isLoop() {
        return Thread.currentThread() == thread;
    }

    /** On the loop: runs {@code onReadable} whenever there is something to read; returns a token for {@link #remove}. */
    long add(int descriptor, Runnable onReadable) {
        long token = ++lastToken;
        byToken.put(token, onReadable);
        OsException.check("watch a descriptor", LibEpoll.add(epoll, descriptor, token));
        return token;
    }

    /** On the loop, before the descriptor is closed. */
    void remove(long token, int descriptor) {
        if (byToken.remove(token) != null) {
            LibEpoll.remove(epoll, descriptor);
        }
    }

    /** On the loop. */
    void after(int milliseconds, Runnable task) {
        timers.add(new Timer(System.nanoTime() + milliseconds * NANOS_IN_MS, task));
    }

    /** Returns when nothing runs any more; not for the loop's own thread. */
    @Override
    public void close() {
        isClosed = true;
        wake();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void wake() {
        if (ended.getCount() > 0) {
            LibEpoll.wake(waker);
        }
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = LibEpoll.allocateEvents(arena, EVENTS_AT_ONCE);
            while (!isClosed) {
                turn(events);
            }
        } finally {
            ended.countDown();
            LibC.close(epoll);
            LibC.close(waker);
        }
    }

    private void turn(MemorySegment events) {
        for (int i = 0; i < TASKS_AT_ONCE; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            attempt(task);
        }
        // In this order: a task that comes now either is seen here or sees that it must wake.
        isAsleep.set(true);
        int count = LibEpoll.await(epoll, events, tasks.isEmpty() ? timeoutMs() : 0);
        isAsleep.set(false);
        if (count != -Errno.EINTR) {
            OsException.check("wait for events", count);
        }
        for (int i = 0; i < count; i++) {
            ready(LibEpoll.token(events, i));
        }
        while (!timers.isEmpty() && timers.peek().nanos() - System.nanoTime() <= 0) {
            attempt(timers.remove().task());
        }
    }

    private int timeoutMs() {
        if (timers.isEmpty()) {
            return -1;
        }
        long left = timers.peek().nanos() - System.nanoTime();
        return Math.toIntExact(Math.max(0, (left + NANOS_IN_MS - 1) / NANOS_IN_MS));
    }

    private void ready(long token) {
        if (token == WAKE_TOKEN) {
            OsException.check("clear an eventfd", LibEpoll.clear(waker));
            return;
        }
        Runnable onReadable = byToken.get(token);
        if (onReadable != null) { // else removed since epoll_wait returned
            attempt(onReadable);
        }
    }

    private static void attempt(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // One task's bug must not blind us to everything else.
            LOG.log(System.Logger.Level.ERROR, "A task of the service's loop failed", e);
        }
    }
}
