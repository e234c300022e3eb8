package org.jupyterrestart.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jupyterrestart.home.LastingMove;

/**
 * A file of lines, 0600, that is appended to. Its text ends with a whole line, or with one that a kill has torn. Zeros
 * follow, which hold room on the disk: when that is full, what is decided about apps can be saved for a while all the
 * same, except on file systems that write nothing in place.
 */
final class JournalFile {
    /** Some hundred changes of apps. */
    private static final int ROOM = 1 << 18;

    private static final int BLOCK = 1 << 13;

    private final FileChannel channel;
    private volatile long length;
    private long roomEnd;
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
            journal.holdRoom();
            // Before the rename: after a power cut the name must not lead to an empty file, nor then to the old one.
            journal.sync();
            LastingMove.replace(next, file);
        } catch (IOException e) {
            journal.close();
            Files.deleteIfExists(next);
            throw e;
        }
        return journal;
    }

    /** What can be read of a file. */
    static String read(Path file) throws IOException {
        // A kill may have torn a character, too.
        String all = new String(Files.readAllBytes(file), UTF_8);
        int end = all.indexOf('\0');
        return end < 0 ? all : all.substring(0, end);
    }

    /** All or nothing: after an error the text is as it was. */
    void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
        long end = length + bytes.limit();
        makeRoom(end);
        while (bytes.hasRemaining()) {
            channel.write(bytes, end - bytes.remaining());
        }
        length = end;
        if (roomEnd - length < ROOM / 2) {
            holdRoom();
        }
    }

    private void holdRoom() {
        try {
            makeRoom(length + ROOM);
        } catch (IOException _) {
            // The disk is full: now is what the room is for.
        }
    }

    private void makeRoom(long end) throws IOException {
        while (roomEnd < end) {
            roomEnd += channel.write(ByteBuffer.allocate(Math.toIntExact(Math.min(BLOCK, end - roomEnd))), roomEnd);
        }
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
