package org.jupyterrestart.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Tells one content of a file from another without reading it.
 *
 * @param path of the file that counts; empty where there is none
 * @param content which file it is, when it was written, how long it is
 */
record FileStamp(Optional<Path> path, String content) {
    static FileStamp of(Optional<Path> file) {
        return new FileStamp(file, file.map(FileStamp::content).orElse(""));
    }

    private static String content(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return "%s %s %d".formatted(now.fileKey(), now.lastModifiedTime(), now.size());
        } catch (IOException e) {
            return e.getClass().getName();
        }
    }
}
