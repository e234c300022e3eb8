package org.jupyterrestart.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * Tells one content of a file from another without reading it.
 *
 * @param path of the file that counts; empty where there is none
 * @param content which file it is, when it was written, how long it is; or why that is not known
 */
record FileStamp(Optional<Path> path, List<Object> content) {
    static FileStamp of(Optional<Path> file) {
        return new FileStamp(file, file.map(FileStamp::content).orElse(List.of()));
    }

    private static List<Object> content(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(now.fileKey(), now.lastModifiedTime(), now.size());
        } catch (IOException e) {
            return List.of(e.getClass());
        }
    }
}
