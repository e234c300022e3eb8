package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The calls of epoll and eventfd; what fails returns {@code -errno}. */
final class LibEpoll {
    private static final int CLOEXEC = 0x80000;
    private static final int EPOLLIN = 1;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;

    /** {@code struct epoll_event} is packed on x86_64 alone: 12 bytes there, 16 elsewhere. */
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int EVENT_DATA = PACKED ? 4 : 8;

    private static final CFunction EPOLL_CREATE1 = CFunction.of("epoll_create1");
    private static final CFunction EPOLL_CTL = CFunction.of("epoll_ctl");
    private static final CFunction EPOLL_WAIT = CFunction.of("epoll_wait");
    private static final CFunction EVENTFD = CFunction.of("eventfd");
    private static final CFunction EVENTFD_WRITE = CFunction.of("eventfd_write");
    private static final CFunction EVENTFD_READ = CFunction.of("eventfd_read");

    private LibEpoll() {}

    static int create() {
        return EPOLL_CREATE1.orErrno(CLOEXEC);
    }

    /** Reports {@code descriptor} as {@code token} while it is readable. */
    static int add(int epoll, int descriptor, long token) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_SIZE, 8);
            event.set(JAVA_INT_UNALIGNED, 0, EPOLLIN);
            event.set(JAVA_LONG_UNALIGNED, EVENT_DATA, token);
            return control(epoll, EPOLL_CTL_ADD, descriptor, event);
        }
    }

    static int remove(int epoll, int descriptor) {
        return control(epoll, EPOLL_CTL_DEL, descriptor, MemorySegment.NULL);
    }

    /** How many events are in {@code events} now; a negative {@code timeoutMs} waits for ever. */
    static int await(int epoll, MemorySegment events, int timeoutMs) {
        int room = (int) (events.byteSize() / EVENT_SIZE);
        return EPOLL_WAIT.orErrno(epoll, events.address(), room, timeoutMs);
    }

    static MemorySegment allocateEvents(Arena arena, int count) {
        return arena.allocate((long) EVENT_SIZE * count, 8);
    }

    static long token(MemorySegment events, int index) {
        return events.get(JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
    }

    /** A descriptor that turns readable by {@link #wake}. */
    static int createWaker() {
        return EVENTFD.orErrno(0, CLOEXEC);
    }

    static int wake(int waker) {
        return EVENTFD_WRITE.orErrno(waker, 1);
    }

    /** Makes a readable waker unreadable again; would block on one that is not readable. */
    static int clear(int waker) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(8, 8);
            return EVENTFD_READ.orErrno(waker, count.address());
        }
    }

    private static int control(int epoll, int operation, int descriptor, MemorySegment event) {
        return EPOLL_CTL.orErrno(epoll, operation, descriptor, event.address());
    }
}
