package org.jupyterrestart.resource;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jupyterrestart.process.ProcessIdentity;

/** The files that processes have open, by {@code /proc/PID/fd}. What can't be read is absent. */
final class OpenFiles {
    private final Path procFs;

    /** {@code procFs} is {@code /proc}. */
    OpenFiles(Path procFs) {
        this.procFs = procFs;
    }

    /** The size of deleted files on the disk of {@code folder}, each counted once however often it is open. */
    long deleted(List<ProcessIdentity> processes, Path folder) {
        try {
            Object disk = Files.getAttribute(folder, "unix:dev");
            Map<Object, Long> sizes = new HashMap<>();
            processes.forEach(process -> addDeleted(process, disk, sizes));
            return sizes.values().stream().mapToLong(Long::longValue).sum();
        } catch (IOException _) {
            return 0; // there is no such folder any more
        }
    }

    private void addDeleted(ProcessIdentity process, Object disk, Map<Object, Long> sizes) {
        Path open = procFs.resolve(Integer.toString(process.pid())).resolve("fd");
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(open)) {
            descriptors.forEach(descriptor -> addDeleted(descriptor, disk, sizes));
        } catch (IOException | DirectoryIteratorException _) {
            return; // it has ended, or is not ours to read
        }
    }

    private static void addDeleted(Path descriptor, Object disk, Map<Object, Long> sizes) {
        try {
            // The link itself leads to the file, though its name is gone.
            Map<String, Object> file = Files.readAttributes(descriptor, "unix:dev,ino,nlink,size,mode");
            boolean isRegular = ((int) file.get("mode") & 0170000) == 0100000;
            if (isRegular && (int) file.get("nlink") == 0 && file.get("dev").equals(disk)) {
                sizes.put(file.get("ino"), (long) file.get("size"));
            }
        } catch (IOException _) {
            return; // it was closed meanwhile
        }
    }
}
