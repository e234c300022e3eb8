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
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;

/** The segment that is written to. It ends with a whole line at any time: what a crash or a full disk tore is cut. */
final class EventFile {
    private static final int STRIDE = 100;

    private final Path path;
    private volatile FileChannel channel;
    private long length;
    private OptionalLong firstSeq;

    /** Where some of the lines begin that were written since it was opened, by their seq. */
    private final NavigableMap<Long, Long> places = new ConcurrentSkipListMap<>();

    private EventFile(Path path, FileChannel channel, long length, OptionalLong firstSeq) {
        this.path = path;
        this.channel = channel;
        this.length = length;
        this.firstSeq = firstSeq;
    }

    static EventFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        byte[] content = Files.readAllBytes(path);
        int whole = wholeLength(content);
        channel.truncate(whole).position(whole);
        OptionalLong first = new String(content, 0, whole, UTF_8)
                .lines()
                .findFirst()
                .map(EventLine::seq)
                .orElse(OptionalLong.empty());
        return new EventFile(path, channel, whole, first);
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
