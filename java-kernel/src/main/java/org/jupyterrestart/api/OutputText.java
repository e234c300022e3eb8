package org.jupyterrestart.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.output.OutputFile;
import org.jupyterrestart.output.OutputFile.Piece;

/**
 * What an app printed. Its beginning may be put aside while it is read, so what was read counts only where the pieces
 * are still the same afterwards.
 */
record OutputText(OutputFile output, Listing listing) implements LogText {
    /** Lists the pieces, one of which may come while it looks. */
    interface Listing {
        List<Piece> pieces() throws IOException;
    }

    OutputText(OutputFile output) {
        this(output, output::pieces);
    }

    @Override
    public Path file() {
        return output.file();
    }

    @Override
    public Log last(int n) throws IOException {
        while (true) {
            List<Piece> pieces = pieces();
            Log read = last(n, pieces);
            if (pieces().equals(pieces)) {
                return read;
            }
        }
    }

    private Log last(int n, List<Piece> pieces) throws IOException {
        Log current = LogFile.last(file(), head(pieces), n);
        List<String> lines = current.lines();
        for (Piece piece : pieces.reversed()) {
            if (lines.size() >= n) {
                break;
            }
            lines = LastLines.before(lines, n, piece::lines);
        }
        return new Log(lines, current.offset());
    }

    @Override
    public Log after(long offset) throws IOException {
        while (true) {
            List<Piece> pieces = pieces();
            Optional<Piece> piece =
                    pieces.stream().filter(it -> it.end() > offset).findFirst();
            try {
                Log read = piece.isPresent()
                        ? within(piece.get(), Math.max(offset, piece.get().start()))
                        : LogFile.after(file(), Math.max(offset, head(pieces)), head(pieces));
                // A folder that is listed while pieces come may lack one and have the next.
                boolean isNext = piece.filter(it -> it.start() <= offset).isPresent();
                if (isNext || pieces().equals(pieces)) {
                    return read;
                }
            } catch (NoSuchFileException _) {
                // The piece was one too many: what is kept begins behind it.
            }
        }
    }

    private static Log within(Piece piece, long offset) throws IOException {
        try (InputStream content = piece.open()) {
            content.skipNBytes(offset - piece.start());
            return LogFile.lines(content.readNBytes(LogFile.MOST), offset, piece.end());
        }
    }

    /** None where the file is shorter than they say: it was emptied, and they are of the one before. */
    private List<Piece> pieces() throws IOException {
        List<Piece> pieces = listing.pieces();
        boolean isTheirs = !pieces.isEmpty()
                && Files.exists(file())
                && Files.size(file()) >= pieces.getLast().end();
        return isTheirs ? pieces : List.of();
    }

    private long head(List<Piece> pieces) throws IOException {
        return Files.exists(file()) ? output.head(pieces) : 0;
    }
}
