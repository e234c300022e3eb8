package org.jupyterrestart.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The file that lets its reader give the node orders. Another program may have taken ComfyUI's port and named a file of
 * ours: only what is a secret by its form is sent to it.
 */
public final class NodeSecret {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
    private static final int LENGTH = 64;

    private NodeSecret() {}

    /** @throws IOException where the file holds none, too */
    public static String read(String file) throws IOException {
        Path path = path(file);
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > LENGTH + 1) {
            throw new IOException(file + " is no secret of its node");
        }
        String text = Files.readString(path).strip();
        if (!FORM.matcher(text).matches()) {
            throw new IOException(file + " is no secret of its node");
        }
        return text;
    }

    private static Path path(String file) throws IOException {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new IOException(file + " is no file", e);
        }
    }
}
