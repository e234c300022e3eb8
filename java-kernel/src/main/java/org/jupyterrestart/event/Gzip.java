package org.jupyterrestart.event;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Copies a file in compressed form. */
final class Gzip {
    private Gzip() {}

    /** The copy is on the disk then: what it is of may be deleted. */
    static void compress(Path file, Path copy) throws IOException {
        try (FileChannel channel = FileChannel.open(copy, CREATE, WRITE, TRUNCATE_EXISTING)) {
            GZIPOutputStream out = new GZIPOutputStream(Channels.newOutputStream(channel));
            Files.copy(file, out);
            out.finish();
            channel.force(true);
        }
    }
}
