package org.jupyterrestart.home;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.json.Json;

/** {@code endpoint.json} in the home: where the service answers, readable by its user alone. */
public final class EndpointFile {
    private final Path file;

    public EndpointFile(Path home) {
        file = home.resolve("endpoint.json");
    }

    public Path path() {
        return file;
    }

    /** To be written once the service answers there. */
    public void write(Endpoint endpoint) throws IOException {
        String text = Json.write(endpoint) + "\n";
        try {
            AtomicFile.write(file, text, "rw-------");
        } catch (IOException e) {
            if (!Files.exists(file)) {
                throw e;
            }
            writeOver(text);
        }
    }

    /** On a full disk the file of a service that was killed still has its block. */
    private void writeOver(String text) throws IOException {
        ByteBuffer bytes = UTF_8.encode(text);
        int length = bytes.limit();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes, bytes.position());
            }
            channel.truncate(length);
        }
    }

    /** Empty where no service has written one, or it can't be read as one. */
    public Optional<Endpoint> read() throws IOException {
        try {
            return Optional.of(Json.read(Files.readString(file), Endpoint.class));
        } catch (NoSuchFileException | JsonParseException _) {
            return Optional.empty();
        }
    }

    /** A later service's file stays. */
    public void removeIfStill(Endpoint endpoint) throws IOException {
        if (read().equals(Optional.of(endpoint))) {
            Files.deleteIfExists(file);
        }
    }
}
