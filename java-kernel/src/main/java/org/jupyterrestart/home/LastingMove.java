package org.jupyterrestart.home;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Gives a file a name that outlives the loss of the machine: the name is synced with its folder. */
public final class LastingMove {
    private LastingMove() {}

    /** What {@code to} was is replaced; the content of {@code from} is to be on the disk already. */
    public static void replace(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        syncFolderOf(to);
    }

    /** The names in the folder of {@code file} are on the disk, where its file system can do that. */
    public static void syncFolderOf(Path file) {
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent(), READ)) {
            folder.force(true);
        } catch (IOException _) {
            // Not every file system of a network can sync a folder: the name is there, as long as the machine lives.
        }
    }
}
