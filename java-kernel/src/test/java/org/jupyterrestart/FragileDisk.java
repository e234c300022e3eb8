package org.jupyterrestart;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real ext4 file system that loses its power when a test says so, and writes nothing to its disk before it is told to
 * sync; a test that may not mount one is skipped.
 */
public record FragileDisk(Path image, Path folder, Path cutter) implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/c/power_cut.c");

    public static FragileDisk in(Path parent) throws IOException {
        FragileDisk disk =
                new FragileDisk(parent.resolve("image"), parent.resolve("disk"), parent.resolve("power_cut"));
        try (RandomAccessFile image = new RandomAccessFile(disk.image.toFile(), "rw")) {
            image.setLength(32 << 20);
        }
        Files.createDirectory(disk.folder);
        assumeTrue(isThere("mkfs.ext4") && isThere("gcc"), "no mkfs.ext4 or no gcc");
        assertEquals(0, run("mkfs.ext4", "-q", "-F", disk.image.toString()));
        assertEquals(0, run("gcc", "-Wall", "-Werror", "-o", disk.cutter.toString(), SOURCE.toString()));
        assumeTrue(disk.mount() == 0, "may not mount");
        return disk;
    }

    private static boolean isThere(String program) throws IOException {
        return run("sh", "-c", "command -v " + program + " >/dev/null") == 0;
    }

    private int mount() throws IOException {
        return run("mount", "-o", "loop,commit=600", image.toString(), folder.toString());
    }

    /** All that was written until now stays. */
    public void sync() throws IOException {
        assertEquals(0, run("sync", "--file-system", folder.toString()));
    }

    /** As when anybody syncs a file of his own: all names are on the disk, content that is not synced may not be. */
    public void syncNames() throws IOException {
        try (FileChannel other = FileChannel.open(folder.resolve("other"), CREATE, WRITE)) {
            other.write(ByteBuffer.allocate(1));
            other.force(true);
        }
    }

    /** It is there again then, with what was on the disk. No file of it may be open. */
    public void loseAndRegainPower() throws IOException {
        assertEquals(0, run(cutter.toString(), folder.toString()));
        assertEquals(0, run("umount", folder.toString()));
        assertEquals(0, mount());
    }

    @Override
    public void close() throws IOException {
        run("umount", "--lazy", folder.toString());
    }

    private static int run(String... command) throws IOException {
        return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
    }
}
