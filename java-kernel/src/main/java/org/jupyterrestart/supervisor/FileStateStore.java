package org.jupyterrestart.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.IntStream;
import org.jupyterrestart.json.Json;

/** One JSON file, 0600: it may hold the environment of an adopted app, and with it secrets. */
public final class FileStateStore implements StateStore {
    private final Path file;
    private final Path next;

    /** {@code file} is usually {@code <home>/state.json}; its folder exists. */
    public FileStateStore(Path file) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".next");
    }

    @Override
    public void save(SavedState state) throws IOException {
        Files.deleteIfExists(next);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(next, Set.of(CREATE_NEW, WRITE), ownerOnly)) {
            ByteBuffer bytes = ByteBuffer.wrap(Json.write(state).getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            // Before the rename: after a power cut the name must not lead to an empty file.
            channel.force(false);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public Loaded load() {
        try {
            return new Loaded.Read(Json.read(Files.readString(file), SavedState.class));
        } catch (NoSuchFileException _) {
            return new Loaded.Read(SavedState.EMPTY);
        } catch (IOException | JsonParseException e) {
            return putAside(String.valueOf(e.getMessage()));
        }
    }

    private Loaded putAside(String why) {
        Path aside = IntStream.iterate(1, n -> n + 1)
                .mapToObj(n -> file.resolveSibling(file.getFileName() + ".broken-" + n))
                .filter(path -> !Files.exists(path))
                .findFirst()
                .orElseThrow();
        try {
            Files.move(file, aside);
        } catch (IOException e) {
            return new Loaded.Broken(file, why + "; it can't be moved either: " + e.getMessage());
        }
        return new Loaded.Broken(aside, why);
    }
}
