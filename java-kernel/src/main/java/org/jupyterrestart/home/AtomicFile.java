package org.jupyterrestart.home;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Writes a small file as a whole: its readers see the old one or the new one. */
public final class AtomicFile {
    private AtomicFile() {}

    /** @param mode as {@code ls} writes it: {@code rw-------}; never wider, not even for a moment */
    public static void write(Path file, String content, String mode) throws IOException {
        write(file, content, mode, (from, to) -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
    }

    /** The new one is on the disk then. */
    public static void writeLasting(Path file, String content, String mode) throws IOException {
        write(file, content, mode, (from, to) -> {
            try (FileChannel channel = FileChannel.open(from, WRITE)) {
                channel.force(true);
            }
            LastingMove.replace(from, to);
        });
    }

    private interface Move {
        void to(Path from, Path to) throws IOException;
    }

    private static void write(Path file, String content, String mode, Move move) throws IOException {
        Path temporary = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "." + file.getFileName(),
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(temporary, content, UTF_8);
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(mode));
            move.to(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
