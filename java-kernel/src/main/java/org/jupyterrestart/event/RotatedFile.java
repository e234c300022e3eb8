package org.jupyterrestart.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;
import org.jupyterrestart.home.LastingMove;

/**
 * A text file that is put aside as {@code NAME.1.gz}, {@code NAME.2.gz}, … when it gets too long. Services of several
 * machines may share it: each text is one write, and a lock beside it keeps rotation and writing apart.
 *
 * @param keep how many files are kept beside the current one
 */
record RotatedFile(Path file, long maxBytes, int keep) {
    /** {@code text} is whole lines; {@code before} is told the length of the file that they are about to be added to. */
    void append(String text, LongConsumer before) throws IOException {
        try (var _ = lock()) {
            rotateIfPossible();
            write(text, before);
        }
    }

    /** A folder that takes no new file, or no locks, is written to without. */
    private Closeable lock() throws IOException {
        Path lockFile = file.resolveSibling(".%s.lock".formatted(file.getFileName()));
        FileChannel channel;
        try {
            channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException _) {
            return () -> {};
        }
        try {
            var _ = channel.lock();
        } catch (IOException _) {
            channel.close();
        }
        return channel;
    }

    private void rotateIfPossible() {
        try {
            rotateIfLong();
        } catch (IOException _) {
            // Then it grows in place, which loses nothing.
        }
    }

    private void write(String text, LongConsumer before) throws IOException {
        before.accept(Files.exists(file) ? Files.size(file) : 0);
        Files.writeString(file, text, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void rotateIfLong() throws IOException {
        finishRotation();
        if (Files.exists(file) && Files.size(file) >= maxBytes) {
            rotate();
        }
    }

    private void rotate() throws IOException {
        Files.deleteIfExists(numbered(keep));
        for (int i = keep - 1; i >= 1; i--) {
            if (Files.exists(numbered(i))) {
                Files.move(numbered(i), numbered(i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(file, sibling(".1"));
        finishRotation();
    }

    /** Also what a crash interrupted: the plain file is deleted only when its compressed form is whole. */
    private void finishRotation() throws IOException {
        Path plain = sibling(".1");
        if (!Files.exists(plain)) {
            return;
        }
        if (!Files.exists(numbered(1))) {
            Path temporary = sibling(".1.gz.new");
            Gzip.compress(plain, temporary);
            LastingMove.replace(temporary, numbered(1));
        }
        Files.delete(plain);
    }

    private Path numbered(int i) {
        return sibling(".%d.gz".formatted(i));
    }

    private Path sibling(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }
}
