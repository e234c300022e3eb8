package org.jupyterrestart.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;

/** The segment that is written to. It ends with a whole line at any time: what a crash or a full disk tore is cut. */
final class EventFile {
    private static final int STRIDE = 100;

    private final Path path;
    private volatile FileChannel channel;
    private Optional<Object> key = Optional.empty();
    private long length;
    private OptionalLong firstSeq = OptionalLong.empty();

    /** Where some of the lines begin that were written since it was opened, by their seq. */
    private final NavigableMap<Long, Long> places = new ConcurrentSkipListMap<>();

    private EventFile(Path path) {
        this.path = path;
    }

    static EventFile open(Path path) throws IOException {
        EventFile file = new EventFile(path);
        var _ = file.reopen();
        return file;
    }

    /** What is in its place now is written from here on; gives the last seq that is in it. */
    OptionalLong reopen() throws IOException {
        FileChannel next = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            byte[] content = Files.readAllBytes(path);
            int whole = wholeLength(content);
            next.truncate(whole).position(whole);
            key = keyOf(path);
            length = whole;
            places.clear();
            channel = next;
            String text = new String(content, 0, whole, UTF_8);
            firstSeq = seqOf(text);
            return seqOf(text.substring(text.lastIndexOf('\n', text.length() - 2) + 1));
        } catch (IOException e) {
            next.close();
            throw e;
        }
    }

    /** Of the first line. */
    private static OptionalLong seqOf(String text) {
        return text.lines().findFirst().map(EventLine::seq).orElse(OptionalLong.empty());
    }

    private static Optional<Object> keyOf(Path path) throws IOException {
        return Optional.ofNullable(
                Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    }

    /** Whether another file has its name now, or none. */
    boolean isReplaced() {
        try {
            return !keyOf(path).equals(key);
        } catch (IOException _) {
            return true;
        }
    }

    /** Up to the last line that is an event; a power failure may leave zeros or half a line behind it. */
    private static int wholeLength(byte[] content) {
        int end = content.length;
        while (end > 0) {
            int start = lastNewline(content, end - 1) + 1;
            boolean isWhole = content[end - 1] == '\n'
                    && EventLine.seq(new String(content, start, end - 1 - start, UTF_8))
                            .isPresent();
            if (isWhole) {
                return end;
            }
            end = start;
        }
        return 0;
    }

    private static int lastNewline(byte[] content, int before) {
        int at = before - 1;
        while (at >= 0 && content[at] != '\n') {
            at--;
        }
        return at;
    }

    /** All or nothing: after an error the file is as it was. */
    void append(byte[] lines, long seq) throws IOException {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(lines);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            channel.truncate(length).position(length);
            throw e;
        }
        if (places.isEmpty() || seq - places.lastKey() >= STRIDE) {
            places.put(seq, length);
        }
        length += lines.length;
        if (firstSeq.isEmpty()) {
            firstSeq = OptionalLong.of(seq);
        }
    }

    /** Its lines from some place on, before the first one above {@code after}. From any thread. */
    BufferedReader linesAfter(long after) throws IOException {
        InputStream in = Files.newInputStream(path);
        try {
            Map.Entry<Long, Long> place = places.floorEntry(after + 1);
            in.skipNBytes(place == null ? 0 : place.getValue());
            return new BufferedReader(new InputStreamReader(in, UTF_8));
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    void sync() throws IOException {
        channel.force(false);
    }

    /** Gives the file another name and goes on with an empty one. */
    void moveTo(Path sealed) throws IOException {
        sync();
        Files.move(path, sealed);
        channel.close();
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        key = keyOf(path);
        length = 0;
        places.clear();
        firstSeq = OptionalLong.empty();
    }

    void close() throws IOException {
        channel.close();
    }

    Path path() {
        return path;
    }

    long length() {
        return length;
    }

    /** Empty while the file is. */
    OptionalLong firstSeq() {
        return firstSeq;
    }
}
