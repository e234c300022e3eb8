package org.jupyterrestart.home;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One home, one service: a lock that the kernel takes back however the service ends. The file tells people the pid. */
public final class ServiceLock implements AutoCloseable {
    private final FileChannel channel;

    private ServiceLock(FileChannel channel) {
        this.channel = channel;
    }

    /** What came of asking for the lock. */
    public sealed interface Outcome {
        record Held(ServiceLock lock) implements Outcome {}

        /** {@code owner} is what the file says: a pid, or nothing. */
        record Taken(String owner) implements Outcome {}

        /** The file system of the home has no locks, as one over a network may. */
        record Unlockable(IOException why) implements Outcome {}
    }

    public static Path file(Path home) {
        return home.resolve("lock");
    }

    public static Outcome acquire(Path home, long pid) throws IOException {
        Path file = file(home);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (IOException e) {
            channel.close();
            return new Outcome.Unlockable(e);
        }
        if (lock == null) {
            channel.close();
            return new Outcome.Taken(Files.readString(file).strip());
        }
        channel.truncate(0).write(ByteBuffer.wrap((pid + "\n").getBytes(UTF_8)));
        return new Outcome.Held(new ServiceLock(channel));
    }

    /** The file stays: to delete it would let two services lock two files of one name. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
