package org.jupyterrestart.process;

/** The error numbers that we decide on (the same on x86_64 and aarch64), and words for all. */
final class Errno {
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EINTR = 4;
    static final int E2BIG = 7;
    static final int ENOEXEC = 8;
    static final int ECHILD = 10;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EINVAL = 22;
    static final int ETXTBSY = 26;

    private Errno() {}

    /** For people: {@code No such file or directory (errno 2)}. */
    static String describe(int errno) {
        return "%s (errno %d)".formatted(LibC.strerror(errno), errno);
    }
}
