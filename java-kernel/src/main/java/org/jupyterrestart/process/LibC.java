package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * System calls, one method each, under their C names. What can fail returns {@code -errno} then. The numbers and
 * offsets are those of 64-bit Linux, the same on x86_64 and aarch64.
 */
final class LibC {
    /** {@code siginfo_t.si_code}: the process returned. */
    static final int CLD_EXITED = 1;

    private static final int SYS_PIDFD_SEND_SIGNAL = 424;
    private static final int SYS_PIDFD_OPEN = 434;
    private static final int SYS_CLOSE_RANGE = 436;
    private static final int SYS_PROCESS_MADVISE = 440;
    private static final int CLOSE_RANGE_CLOEXEC = 4;
    private static final int P_PIDFD = 3;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SIGCHLD = 17;
    private static final int SIG_DFL = 0;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SHUT_WR = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SIGINFO_SIZE = 128;
    private static final int SI_CODE = 8;
    private static final int SI_PID = 16;
    private static final int SI_STATUS = 24;
    private static final long PIDFD_GET_INFO = 0xC040FF0BL;
    private static final int PIDFD_INFO_SIZE = 64;
    private static final long PIDFD_INFO_EXIT = 8;
    private static final int PIDFD_INFO_EXIT_STATUS = 60;

    private static final CFunction SYSCALL = CFunction.of("syscall");
    private static final CFunction WAITID = CFunction.of("waitid");
    private static final CFunction IOCTL = CFunction.of("ioctl");
    private static final CFunction SOCKETPAIR = CFunction.of("socketpair");
    private static final CFunction SEND = CFunction.of("send");
    private static final CFunction RECV = CFunction.of("recv");
    private static final CFunction SHUTDOWN = CFunction.of("shutdown");
    private static final CFunction CLOSE = CFunction.of("close");
    private static final CFunction STRERROR = CFunction.of("strerror");
    private static final CFunction SIGNAL = CFunction.of("signal");

    private LibC() {}

    static int pidfdOpen(int pid) {
        return syscall(SYS_PIDFD_OPEN, pid, 0, 0);
    }

    static int pidfdSendSignal(int pidfd, int signal) {
        return syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0);
    }

    /** Marks every descriptor from {@code first} up to be closed by exec. */
    static int closeRangeOnExec(int first) {
        return syscall(SYS_CLOSE_RANGE, first, 0xFFFF_FFFFL, CLOSE_RANGE_CLOEXEC);
    }

    /** @param vectors {@code count} pairs of an address and a length */
    static long processMadvise(int pidfd, MemorySegment vectors, int count, int advice) {
        return SYSCALL.longOrErrno(SYS_PROCESS_MADVISE, pidfd, vectors.address(), count, advice, 0);
    }

    static int close(int descriptor) {
        return CLOSE.orErrno(descriptor);
    }

    /** Reaps the child behind {@code pidfd}: {@code ECHILD} when it is not ours, {@code EAGAIN} when it still runs. */
    static Waited waitid(int pidfd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIGINFO_SIZE, 8);
            int result = WAITID.orErrno(P_PIDFD, pidfd, info.address(), WEXITED | WNOHANG);
            if (result < 0) {
                return new Waited.Failed(-result);
            }
            if (info.get(JAVA_INT, SI_PID) == 0) {
                return new Waited.Failed(Errno.EAGAIN);
            }
            int status = info.get(JAVA_INT, SI_STATUS);
            return new Waited.Ended(
                    info.get(JAVA_INT, SI_CODE) == CLD_EXITED
                            ? new ExitStatus.Code(status)
                            : new ExitStatus.Signal(status));
        }
    }

    /**
     * The status of any process that is gone and reaped: Linux 6.15 and newer. {@code EAGAIN} when it has none yet,
     * other numbers when this kernel can't tell.
     */
    static Waited pidfdExitInfo(int pidfd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(PIDFD_INFO_SIZE, 8);
            info.set(JAVA_LONG, 0, PIDFD_INFO_EXIT);
            int result = IOCTL.orErrno(pidfd, PIDFD_GET_INFO, info.address());
            if (result < 0) {
                return new Waited.Failed(-result);
            }
            if ((info.get(JAVA_LONG, 0) & PIDFD_INFO_EXIT) == 0) {
                return new Waited.Failed(Errno.EAGAIN);
            }
            return new Waited.Ended(ExitStatus.ofWaitStatus(info.get(JAVA_INT, PIDFD_INFO_EXIT_STATUS)));
        }
    }

    /** Two stream sockets that are each other's peer, closed by exec. */
    static Pair socketPair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            OsException.check(
                    "open a pair of sockets", SOCKETPAIR.orErrno(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, ends.address()));
            return new Pair(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
        }
    }

    /** Whether all of it was sent; {@code atOnce} waits for nobody to make room. */
    static boolean sendAll(int socket, MemorySegment content, boolean atOnce) {
        int flags = MSG_NOSIGNAL | (atOnce ? MSG_DONTWAIT : 0);
        long sent = 0;
        while (sent < content.byteSize()) {
            MemorySegment rest = content.asSlice(sent);
            long count = SEND.longOrErrno(socket, rest.address(), rest.byteSize(), flags);
            if (count < 0 && count != -Errno.EINTR) {
                return false;
            }
            sent += Math.max(0, count);
        }
        return true;
    }

    /** What has come and fits into {@code limit} bytes; does not wait. */
    static Received receive(int socket, int limit) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(limit);
            int count = (int) RECV.longOrErrno(socket, buffer.address(), limit, MSG_DONTWAIT);
            if (count == -Errno.EAGAIN || count == -Errno.EINTR) {
                return new Received.Nothing();
            }
            return count <= 0
                    ? new Received.End()
                    : new Received.Text(
                            new String(buffer.asSlice(0, count).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1));
        }
    }

    /** Its peer reads the end of what was sent. */
    static void shutdown(int socket) {
        SHUTDOWN.orErrno(socket, SHUT_WR);
    }

    /** A service started with SIGCHLD ignored would never see an exit status: the kernel reaps by itself then. */
    static void restoreChildSignal() {
        SIGNAL.callForPointer(SIGCHLD, SIG_DFL);
    }

    static String strerror(int errno) {
        return STRERROR.callForPointer(errno).reinterpret(256).getString(0);
    }

    private static int syscall(long number, long a, long b, long c) {
        return (int) SYSCALL.longOrErrno(number, a, b, c);
    }

    /** What came of asking for a status. */
    sealed interface Waited {
        record Ended(ExitStatus status) implements Waited {}

        record Failed(int errno) implements Waited {}
    }

    /** What came of reading from a socket. */
    sealed interface Received {
        record Text(String text) implements Received {}

        record Nothing() implements Received {}

        /** Its peer is gone. */
        record End() implements Received {}
    }

    /** Two sockets: one stays with us. */
    record Pair(int ours, int theirs) {}
}
