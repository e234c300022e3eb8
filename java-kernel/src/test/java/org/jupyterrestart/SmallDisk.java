package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system of two megabytes, to be filled; a test that may not mount one is skipped. */
public record SmallDisk(Path folder) implements AutoCloseable {
    public static SmallDisk in(Path parent) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("disk"));
        assumeTrue(mount(folder) == 0, "may not mount");
        return new SmallDisk(folder);
    }

    private static int mount(Path folder) throws IOException {
        return run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.toString());
    }

    /** Not a block is free afterwards. */
    public void fill() throws IOException {
        try (var out = Files.newOutputStream(folder.resolve("filler"))) {
            while (true) {
                out.write(new byte[4096]);
            }
        } catch (IOException full) {
            assertEquals("No space left on device", full.getMessage());
        }
    }

    /** Another one is mounted in its place; who has a file of this one open goes on with that. */
    public void replace() throws IOException {
        close();
        assertEquals(0, mount(folder));
    }

    /** There is room again. */
    public void empty() throws IOException {
        Files.delete(folder.resolve("filler"));
    }

    /** As a disk becomes by itself when it fails; nobody may write to it just now. */
    public void makeReadOnly() throws IOException {
        assertEquals(0, run("mount", "-o", "remount,ro", folder.toString()));
    }

    @Override
    public void close() throws IOException {
        run("umount", "--lazy", folder.toString());
    }

    private static int run(String... command) throws IOException {
        return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
    }
}
