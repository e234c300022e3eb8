package org.jupyterrestart.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * Gives the beginning of a file back to its disk while others go on appending to it: the file keeps its length, every
 * byte that stays keeps its place. ext4, xfs, btrfs, tmpfs and overlays of them can do it, many network disks can't.
 */
public final class FileHole {
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int O_WRONLY_CLOEXEC = 0x1 | 0x80000;
    private static final int ENXIO = 6;
    private static final int EOPNOTSUPP = 95;
    private static final int KEEP_SIZE_PUNCH_HOLE = 0x1 | 0x2;

    private static final int SEEK_END = 2;
    private static final int SEEK_DATA = 3;

    private static final CFunction OPEN = CFunction.of("open");
    private static final CFunction FALLOCATE = CFunction.of("fallocate");
    private static final CFunction LSEEK = CFunction.of("lseek");

    private FileHole() {}

    /** The first {@code length} bytes read as zeros from now on. */
    public static void punch(Path file, long length) throws IOException {
        withDescriptor(
                file, O_WRONLY_CLOEXEC, descriptor -> FALLOCATE.orErrno(descriptor, KEEP_SIZE_PUNCH_HOLE, 0, length));
    }

    /** Where the block begins that has the first content; the length of the file where nothing has. */
    public static long firstContent(Path file) throws IOException {
        return withDescriptor(file, O_RDONLY_CLOEXEC, descriptor -> {
            // In this order: what comes between the two is content.
            long length = LSEEK.longOrErrno(descriptor, 0, SEEK_END);
            long content = LSEEK.longOrErrno(descriptor, 0, SEEK_DATA);
            return content == -ENXIO ? length : content;
        });
    }

    private interface Use {
        /** @return negative for an errno */
        long of(int descriptor);
    }

    private static long withDescriptor(Path file, int flags, Use use) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            var path = arena.allocateFrom(file.toString());
            int descriptor = OPEN.orErrno(path.address(), flags);
            check(file, descriptor);
            try {
                return check(file, use.of(descriptor));
            } finally {
                LibC.close(descriptor);
            }
        }
    }

    private static long check(Path file, long result) throws IOException {
        if (result == -EOPNOTSUPP) {
            throw new UnsupportedException("%s: %s".formatted(file, LibC.strerror(EOPNOTSUPP)));
        }
        if (result < 0) {
            throw new IOException("%s: %s".formatted(file, LibC.strerror((int) -result)));
        }
        return result;
    }

    /** The file is on a file system without holes. */
    public static final class UnsupportedException extends IOException {
        private static final long serialVersionUID = 1;

        private UnsupportedException(String message) {
            super(message);
        }
    }
}
