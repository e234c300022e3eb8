package org.jupyterrestart.event;

import static java.lang.System.Logger.Level.WARNING;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.jupyterrestart.home.AtomicFile;
import org.jupyterrestart.json.Json;

/**
 * Up to which event the restart log is written. It is saved before the lines are, and says where they go: after a kill
 * the next service looks whether they are there.
 */
record RestartLogCursor(Path file) {
    private static final System.Logger LOG = System.getLogger(RestartLogCursor.class.getName());

    /**
     * Lines that are being written, or were.
     *
     * @param seq of the last event they tell of
     * @param offset the length of {@code file} before them
     */
    record Saved(long seq, String file, long offset, String text) {
        static Saved nothing(long seq) {
            return new Saved(seq, "", 0, "");
        }

        /** What of the text is not in the log. */
        String missing() {
            byte[] bytes = text.getBytes(UTF_8);
            byte[] there = bytesIn(Path.of(file), bytes.length);
            if (!isBeginning(there, bytes)) {
                there = bytesIn(Path.of(file + ".1.gz"), bytes.length);
            }
            return isBeginning(there, bytes)
                    ? new String(bytes, there.length, bytes.length - there.length, UTF_8)
                    : text;
        }

        private byte[] bytesIn(Path log, int count) {
            try (InputStream raw = Files.newInputStream(log);
                    InputStream in = log.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
                in.skipNBytes(offset);
                return in.readNBytes(count);
            } catch (IOException _) {
                return new byte[0]; // shorter, or not there: none of it
            }
        }

        private static boolean isBeginning(byte[] part, byte[] whole) {
            return part.length > 0 && Arrays.equals(part, Arrays.copyOf(whole, part.length));
        }
    }

    Optional<Saved> read() {
        try {
            return Optional.of(Json.read(Files.readString(file), Saved.class));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException | JsonParseException e) {
            LOG.log(WARNING, "Could not read %s (%s): the restart log goes on from now".formatted(file, e));
            return Optional.empty();
        }
    }

    void save(Saved saved) {
        try {
            AtomicFile.write(file, Json.write(saved) + "\n", "rw-------");
        } catch (IOException e) {
            LOG.log(WARNING, "Could not write %s: %s. After a crash, lines may come twice.".formatted(file, e));
        }
    }
}
