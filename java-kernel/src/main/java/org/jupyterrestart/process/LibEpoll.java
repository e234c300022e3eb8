package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.jupyterrestart.process.FfmSupport.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

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

    private static final MethodHandle EPOLL_CREATE1 =
            FfmSupport.linkErrno("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            FfmSupport.linkErrno("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, POINTER));
    private static final MethodHandle EPOLL_WAIT =
            FfmSupport.linkErrno("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, POINTER, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD =
            FfmSupport.linkErrno("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD_WRITE =
            FfmSupport.linkErrno("eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle EVENTFD_READ =
            FfmSupport.linkErrno("eventfd_read", FunctionDescriptor.of(JAVA_INT, JAVA_INT, POINTER));

    private LibEpoll() {}

    static int create() {
        return (int) FfmSupport.orErrno(errno -> (int) EPOLL_CREATE1.invokeExact(errno, CLOEXEC));
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
        return (int) FfmSupport.orErrno(errno -> (int) EPOLL_WAIT.invokeExact(errno, epoll, events, room, timeoutMs));
    }

    static MemorySegment allocateEvents(Arena arena, int count) {
        return arena.allocate((long) EVENT_SIZE * count, 8);
    }

    static long token(MemorySegment events, int index) {
        return events.get(JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
    }

    /** A descriptor that turns readable by {@link #wake}. */
    static int createWaker() {
        return (int) FfmSupport.orErrno(errno -> (int) EVENTFD.invokeExact(errno, 0, CLOEXEC));
    }

    static int wake(int waker) {
        return (int) FfmSupport.orErrno(errno -> (int) EVENTFD_WRITE.invokeExact(errno, waker, 1L));
    }

    /** Makes a readable waker unreadable again; would block on one that is not readable. */
    static int clear(int waker) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(8, 8);
            return (int) FfmSupport.orErrno(errno -> (int) EVENTFD_READ.invokeExact(errno, waker, count));
        }
    }

    private static int control(int epoll, int operation, int descriptor, MemorySegment event) {
        return (int)
                FfmSupport.orErrno(errno -> (int) EPOLL_CTL.invokeExact(errno, epoll, operation, descriptor, event));
    }
}
