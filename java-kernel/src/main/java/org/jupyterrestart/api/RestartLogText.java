package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jupyterrestart.api.wire.Log;

/** The restart log and its rotated files, {@code NAME.1.gz} the newest. Each file counts its offsets from 0. */
record RestartLogText(Path file) implements LogText {
    @Override
    public Log last(int n) throws IOException {
        Log current = LogFile.last(file, 0, n);
        List<String> lines = current.lines();
        for (int i = 1; lines.size() < n && Files.exists(rotated(i)); i++) {
            Path older = rotated(i);
            lines = LastLines.before(lines, n, () -> new BufferedReader(new InputStreamReader(open(older), UTF_8)));
        }
        return new Log(lines, current.offset());
    }

    /** A file that is shorter than that was rotated: the rest of the one before comes first. */
    @Override
    public Log after(long offset) throws IOException {
        if (!Files.exists(file) || Files.size(file) >= offset) {
            return LogFile.after(file, offset, 0);
        }
        Log rest = restOfRotated(offset);
        Log current = LogFile.after(file, 0, 0);
        return new Log(LogFile.joined(rest.lines(), current.lines()), current.offset());
    }

    private Log restOfRotated(long offset) throws IOException {
        try (InputStream content = open(rotated(1))) {
            boolean isLonger = content.skip(offset) == offset;
            return isLonger
                    ? LogFile.lines(content.readNBytes(LogFile.MOST), offset, Long.MAX_VALUE)
                    : new Log(List.of(), offset);
        } catch (NoSuchFileException _) {
            return new Log(List.of(), offset);
        }
    }

    private static InputStream open(Path path) throws IOException {
        return new GZIPInputStream(Files.newInputStream(path));
    }

    private Path rotated(int i) {
        return file.resolveSibling("%s.%d.gz".formatted(file.getFileName(), i));
    }
}
