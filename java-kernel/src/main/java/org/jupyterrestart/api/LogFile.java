package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jupyterrestart.api.wire.Log;

/**
 * Reads lines of a growing text file by byte offsets, without reading more of it than asked for. To who follows, a
 * line counts once it has its end. What is no UTF-8 is shown as U+FFFD.
 */
final class LogFile {
    private static final int BLOCK = 1 << 16;

    /** The most that one answer carries; a longer line is cut there, or its reader would wait for ever. */
    static final int MOST = 1 << 20;

    private LogFile() {}

    /**
     * The last {@code n} lines behind {@code head}; none where the file does not exist. One that has no end yet is shown
     * as far as it is, for it may be the last word of a program: what follows it later is a line of its own.
     */
    static Log last(Path file, long head, int n) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long end = Math.max(head, channel.size());
            long start = end;
            for (int found = 0; start > head && found < n && end - start < (long) MOST; found++) {
                start = afterLastNewline(channel, head, start - 1);
            }
            return new Log(lines(read(channel, start, end)), end);
        } catch (NoSuchFileException _) {
            return new Log(List.of(), 0);
        }
    }

    /** Whole lines behind {@code offset}; from {@code head} on where the file is shorter, for it was emptied. */
    static Log after(Path file, long offset, long head) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            long start = offset <= size ? offset : Math.min(head, size);
            byte[] bytes = read(channel, start, Math.min(size, start + MOST));
            return lines(bytes, start, Long.MAX_VALUE);
        } catch (NoSuchFileException _) {
            return new Log(List.of(), 0);
        }
    }

    /**
     * The whole lines of {@code bytes}, which are what follows {@code offset}. What has no line end counts as a line
     * where nothing more is to come, at {@code end}, or as much as one answer carries.
     */
    static Log lines(byte[] bytes, long offset, long end) {
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        boolean isCut = offset + bytes.length == end || whole == 0 && bytes.length == MOST;
        int taken = isCut ? bytes.length : whole;
        return new Log(lines(Arrays.copyOf(bytes, taken)), offset + taken);
    }

    static List<String> joined(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    /** The offset behind the last line end between the two; {@code head} where there is none. */
    private static long afterLastNewline(FileChannel channel, long head, long limit) throws IOException {
        for (long end = limit; end > head; end -= Math.min(end - head, BLOCK)) {
            long start = Math.max(head, end - BLOCK);
            byte[] block = read(channel, start, end);
            for (int i = block.length - 1; i >= 0; i--) {
                if (block[i] == '\n') {
                    return start + i + 1;
                }
            }
        }
        return head;
    }

    private static byte[] read(FileChannel channel, long start, long end) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(end - start));
        while (buffer.hasRemaining() && channel.read(buffer, start + buffer.position()) >= 0) {
            // Reads on: one read may give less than asked for.
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private static List<String> lines(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines.add(line(bytes, start, i));
                start = i + 1;
            }
        }
        if (start < bytes.length) {
            lines.add(line(bytes, start, bytes.length));
        }
        return lines;
    }

    private static String line(byte[] bytes, int start, int end) {
        int shown = end > start && bytes[end - 1] == '\r' ? end - 1 : end;
        return new String(bytes, start, shown - start, UTF_8);
    }
}
