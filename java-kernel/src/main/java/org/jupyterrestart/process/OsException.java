package org.jupyterrestart.process;

/** The system refused a call that should not fail: a bug or a broken machine, not an outcome. */
public final class OsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    OsException(String what, int errno) {
        super("%s: %s".formatted(what, Errno.describe(errno)));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }

    /** The result of a call that returns {@code -errno} when it fails; {@code what} says what was tried on what. */
    static int check(String what, int result) {
        if (result < 0) {
            throw new OsException(what, -result);
        }
        return result;
    }
}
