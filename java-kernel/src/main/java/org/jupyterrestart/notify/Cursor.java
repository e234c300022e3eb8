package org.jupyterrestart.notify;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jupyterrestart.home.AtomicFile;

/** The seq up to which one webhook was told everything, in a file of its own. */
record Cursor(Path file) {
    private static final System.Logger LOG = System.getLogger(Cursor.class.getName());

    /** Empty for a webhook that was never told anything. */
    OptionalLong load() {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (NoSuchFileException _) {
            return OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            LOG.log(WARNING, "Could not read %s (%s): its webhook is told what happens from now on".formatted(file, e));
            return OptionalLong.empty();
        }
    }

    void save(long seq) {
        try {
            AtomicFile.write(file, seq + "\n", "rw-------");
        } catch (IOException e) {
            LOG.log(
                    WARNING,
                    "Could not write %s: %s. After a restart of the service, events may be sent twice."
                            .formatted(file, e));
        }
    }
}
