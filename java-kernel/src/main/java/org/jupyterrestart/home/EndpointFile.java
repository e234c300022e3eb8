package org.jupyterrestart.home;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
        AtomicFile.write(file, Json.write(endpoint) + "\n", "rw-------");
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
