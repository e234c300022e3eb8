package org.jupyterrestart.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jupyterrestart.process.FileHole;

/** The log of an app and the pieces of it that were put aside; an offset is the same in both. */
public record OutputFile(Path file) {
    private static final int GZIP_SIZE_BYTES = 4;
    private static final String APART = ".before.";
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,18})\\.gz");

    /**
     * A piece that was put aside.
     *
     * @param start the offset of its first byte
     * @param length of its content
     */
    public record Piece(Path path, long start, long length) {
        public long end() {
            return start + length;
        }

        public InputStream open() throws IOException {
            return new GZIPInputStream(Files.newInputStream(path));
        }

        public BufferedReader lines() throws IOException {
            return new BufferedReader(new InputStreamReader(open(), UTF_8));
        }
    }

    /** Oldest first; they follow one another without a gap. */
    public List<Piece> pieces() throws IOException {
        String prefix = file.getFileName() + ".";
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .map(path -> piece(path, path.getFileName().toString().substring(prefix.length())))
                    .flatMap(Optional::stream)
                    .sorted(Comparator.comparingLong(Piece::start))
                    .toList();
        }
    }

    /** Where the piece that begins at {@code start} is put. */
    Path pieceAt(long start) {
        return file.resolveSibling("%s.%015d.gz".formatted(file.getFileName(), start));
    }

    /** Pieces of earlier files of this name, which someone has emptied or removed; no offset leads to them. */
    List<Path> apart() throws IOException {
        String prefix = file.getFileName() + APART;
        try (Stream<Path> entries = Files.list(file.toAbsolutePath().getParent())) {
            return entries.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    void setApart(List<Piece> pieces) throws IOException {
        for (Piece piece : pieces) {
            String name = file.getFileName() + APART + "%015d.gz".formatted(piece.start());
            Files.move(piece.path(), file.resolveSibling(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The offset from which on {@code file} itself has the content; {@code pieces} are all of its own. */
    public long head(List<Piece> pieces) throws IOException {
        return pieces.isEmpty() ? firstByte() : pieces.getLast().end();
    }

    /** Behind a hole that a piece has left which someone took away. */
    private long firstByte() throws IOException {
        long block = FileHole.firstContent(file);
        if (block == 0) {
            return 0;
        }
        try (InputStream content = Files.newInputStream(file)) {
            content.skipNBytes(block);
            BufferedInputStream bytes = new BufferedInputStream(content);
            long first = block;
            while (bytes.read() == 0) {
                first++;
            }
            return first;
        }
    }

    private static Optional<Piece> piece(Path path, String rest) {
        Matcher matcher = NUMBER.matcher(rest);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try (RandomAccessFile content = new RandomAccessFile(path.toFile(), "r")) {
            content.seek(content.length() - GZIP_SIZE_BYTES);
            long length = Integer.toUnsignedLong(Integer.reverseBytes(content.readInt()));
            return Optional.of(new Piece(path, Long.parseLong(matcher.group(1)), length));
        } catch (IOException _) {
            return Optional.empty(); // taken away a moment ago
        }
    }
}
