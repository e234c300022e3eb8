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
 * Reads lines of a growing text file by byte offsets, without reading more of it than asked for. A line counts once it
 * has its end. What is no UTF-8 is shown as U+FFFD.
 */
final class LogFile {
    private static final int BLOCK = 1 << 16;

    /** The most that one answer carries; a longer line is cut there, or its reader would wait for ever. */
    private static final int MOST = 1 << 20;

    private LogFile() {}

    /** The last {@code n} lines; none where the file does not exist. */
    static Log last(Path file, int n) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long end = afterLastNewline(channel, channel.size());
            long start = end;
            for (int found = 0; start > 0 && found < n && end - start < (long) MOST; found++) {
                start = afterLastNewline(channel, start - 1);
            }
            return new Log(lines(read(channel, start, end)), end);
        } catch (NoSuchFileException _) {
            return new Log(List.of(), 0);
        }
    }

    /** Whole lines behind {@code offset}; from the beginning where the file is shorter, for it was rotated. */
    static Log after(Path file, long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            long start = offset <= size ? offset : 0;
            byte[] bytes = read(channel, start, Math.min(size, start + MOST));
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != '\n') {
                whole--;
            }
            int taken = whole == 0 && bytes.length == MOST ? MOST : whole;
            return new Log(lines(Arrays.copyOf(bytes, taken)), start + taken);
        } catch (NoSuchFileException _) {
            return new Log(List.of(), 0);
        }
    }

    /** The offset behind the last line end that is before {@code limit}; 0 where there is none. */
    private static long afterLastNewline(FileChannel channel, long limit) throws IOException {
        for (long end = limit; end > 0; end -= Math.min(end, BLOCK)) {
            long start = Math.max(0, end - BLOCK);
            byte[] block = read(channel, start, end);
            for (int i = block.length - 1; i >= 0; i--) {
                if (block[i] == '\n') {
                    return start + i + 1;
                }
            }
        }
        return 0;
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
