package org.jupyterrestart.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jupyterrestart.output.OutputFile.Piece;
import org.jupyterrestart.process.FileHole;

/**
 * Puts the beginning of an app's log aside. A piece is whole and on the disk before its bytes are given back, and its
 * name says where it belongs, so a kill at any moment neither loses nor doubles a line.
 */
final class OutputRotation {
    private static final int BLOCK = 1 << 16;

    /** The length of a piece must fit the size field of gzip. */
    private static final long LONGEST_PIECE = 1L << 30;

    private final OutputFile output;
    private final OutputLimits limits;

    OutputRotation(OutputFile output, OutputLimits limits) {
        this.output = output;
        this.limits = limits;
    }

    /** Whether anything was put aside. */
    boolean run(Instant now) throws IOException {
        List<Piece> pieces = output.pieces();
        long size = Files.size(output.file());
        if (size < output.head(pieces)) {
            // Someone has emptied it: offsets begin anew, and what was put aside no longer fits them.
            output.setApart(pieces);
            pieces = List.of();
        }
        long head = output.head(pieces);
        try (FileChannel log = FileChannel.open(output.file())) {
            long end = putAside(log, head, size);
            if (size > end && isDue(pieces, now)) {
                // A line that is still being written waits for its end.
                long lines = lastLineEnd(log, end, size).orElse(end);
                if (lines > end) {
                    putAsidePiece(log, end, lines);
                    end = lines;
                }
            }
            if (end > head) {
                prune();
            }
            return end > head;
        }
    }

    private boolean isDue(List<Piece> pieces, Instant now) throws IOException {
        if (limits.every().isEmpty()) {
            return false;
        }
        FileTime last = pieces.isEmpty()
                ? (FileTime) Files.getAttribute(output.file(), "creationTime")
                : Files.getLastModifiedTime(pieces.getLast().path());
        return !last.toInstant().plus(limits.every().get()).isAfter(now);
    }

    /** Whole pieces; gives where the last one ends. */
    private long putAside(FileChannel log, long head, long size) throws IOException {
        long piece = Math.min(limits.maxBytes(), LONGEST_PIECE);
        long start = head;
        while (size - start >= piece) {
            long end = lastLineEnd(log, start, start + piece).orElse(start + piece);
            putAsidePiece(log, start, end);
            start = end;
        }
        return start;
    }

    /** Behind the last line end between the two. */
    private static OptionalLong lastLineEnd(FileChannel log, long start, long limit) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        for (long end = limit; end > start; end -= Math.min(BLOCK, end - start)) {
            long from = Math.max(start, end - BLOCK);
            block.clear().limit((int) (end - from));
            while (block.hasRemaining() && log.read(block, from + block.position()) >= 0) {
                // Reads on: one read may give less than asked for.
            }
            for (int i = block.position() - 1; i >= 0; i--) {
                if (block.get(i) == '\n') {
                    return OptionalLong.of(from + i + 1);
                }
            }
        }
        return OptionalLong.empty();
    }

    private void putAsidePiece(FileChannel log, long start, long end) throws IOException {
        Path part =
                output.file().resolveSibling(".%s.part".formatted(output.file().getFileName()));
        Files.deleteIfExists(part);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel piece = FileChannel.open(part, options, ownerOnly)) {
            OutputStream plain = Channels.newOutputStream(piece);
            GZIPOutputStream packed = new GZIPOutputStream(plain, BLOCK);
            log.position(start);
            var content = Channels.newInputStream(log);
            byte[] block = new byte[BLOCK];
            for (long left = end - start; left > 0; ) {
                int count = content.read(block, 0, (int) Math.min(left, BLOCK));
                if (count < 0) {
                    throw new IOException("%s was shortened meanwhile".formatted(output.file()));
                }
                packed.write(block, 0, count);
                left -= count;
            }
            packed.finish();
            piece.force(true);
        }
        Files.move(part, output.pieceAt(start), StandardCopyOption.ATOMIC_MOVE);
        // From 0 on each time: a block that two pieces share is given back with the second.
        FileHole.punch(output.file(), end);
    }

    private void prune() throws IOException {
        List<Path> kept = new ArrayList<>(output.apart());
        output.pieces().forEach(piece -> kept.add(piece.path()));
        for (Path oldest : kept.subList(0, Math.max(0, kept.size() - limits.keep()))) {
            Files.deleteIfExists(oldest);
        }
    }
}
