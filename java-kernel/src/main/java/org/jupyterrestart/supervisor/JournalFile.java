package org.jupyterrestart.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A file of lines, 0600, that is appended to. It ends with a whole line, or with one that a kill has torn. */
final class JournalFile {
    private final FileChannel channel;
    private volatile long length;
    private long synced;

    private JournalFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the place of {@code file} at once, with {@code line} in it, on the disk. */
    static JournalFile replace(Path file, String line) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        JournalFile journal = new JournalFile(FileChannel.open(next, Set.of(CREATE_NEW, WRITE), ownerOnly));
        try {
            journal.append(line);
            // Before the rename: after a power cut the name must not lead to an empty file.
            journal.sync();
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            journal.close();
            throw e;
        }
        return journal;
    }

    /** All or nothing: after an error the file is as it was. */
    void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            channel.truncate(length).position(length);
            throw e;
        }
        length += bytes.limit();
    }

    /** Returns at once where everything is on the disk already, by a call of someone who came before. */
    synchronized void sync() throws IOException {
        long all = length;
        if (channel.isOpen() && synced < all) {
            channel.force(false);
            synced = all;
        }
    }

    /** In bytes. */
    long length() {
        return length;
    }

    synchronized void close() throws IOException {
        channel.close();
    }
}
