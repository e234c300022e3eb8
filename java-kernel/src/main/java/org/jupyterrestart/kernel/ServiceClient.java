package org.jupyterrestart.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.api.wire.Plan;
import org.jupyterrestart.api.wire.Problem;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.home.EndpointFile;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.supervisor.Accepted;

/**
 * Asks the service whose home it is given; the endpoint is read anew for each request, for the service may have been
 * restarted. HttpURLConnection, because the HTTP client of java.net.http brings threads and megabytes for one request
 * at a time.
 */
final class ServiceClient {
    private static final int CONNECT_MS = 2_000;
    private static final int ANSWER_MS = 15_000;

    private final EndpointFile endpointFile;

    ServiceClient(Path home) {
        endpointFile = new EndpointFile(home);
    }

    Snapshot snapshot() {
        return ask("GET", "/v1/apps", "", Snapshot.class);
    }

    Events events(long after, Duration timeout) {
        return ask("GET", "/v1/events?after=%d&wait=%d".formatted(after, timeout.toSeconds()), "", Events.class);
    }

    Log restartLog(int n) {
        return ask("GET", "/v1/logs?n=" + n, "", Log.class);
    }

    Log output(String app, int n) {
        return ask("GET", "/v1/logs/%s?n=%d".formatted(encode(app), n), "", Log.class);
    }

    Plan plan(Optional<String> app) {
        return ask("GET", "/v1/plan" + app.map(name -> "?app=" + encode(name)).orElse(""), "", Plan.class);
    }

    /** @param body a record of the contract */
    Accepted command(String app, String command, Record body) {
        return ask("POST", "/v1/apps/%s/%s".formatted(encode(app), command), Json.write(body), Accepted.class);
    }

    Accepted command(String app, String command) {
        return ask("POST", "/v1/apps/%s/%s".formatted(encode(app), command), "", Accepted.class);
    }

    private static String encode(String app) {
        return URLEncoder.encode(app, UTF_8).replace("+", "%20");
    }

    private <T> T ask(String method, String path, String body, Class<T> type) {
        try {
            Endpoint endpoint = endpointFile.read().orElseThrow(this::away);
            HttpURLConnection connection = open(endpoint, method, path, body);
            int status = connection.getResponseCode();
            String answer = status < HttpURLConnection.HTTP_BAD_REQUEST
                    ? read(connection.getInputStream())
                    : read(connection.getErrorStream());
            if (status >= HttpURLConnection.HTTP_BAD_REQUEST) {
                throw new CommandFailed(Json.read(answer, Problem.class).detail());
            }
            return Json.read(answer, type);
        } catch (JsonParseException e) {
            throw new CommandFailed(
                    "The answer to %s %s can't be read: %s. Do the service and this kernel have one version?"
                            .formatted(method, path, e.getMessage()));
        } catch (IOException e) {
            throw away();
        }
    }

    private static HttpURLConnection open(Endpoint endpoint, String method, String path, String body)
            throws IOException {
        URI uri = URI.create("http://127.0.0.1:%d%s".formatted(endpoint.port(), path));
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setConnectTimeout(CONNECT_MS);
        connection.setReadTimeout(ANSWER_MS);
        connection.setRequestProperty("Authorization", "Bearer " + endpoint.token());
        if (!body.isEmpty()) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(UTF_8));
        }
        return connection;
    }

    private static String read(InputStream stream) throws IOException {
        try (stream) {
            return new String(stream.readAllBytes(), UTF_8);
        }
    }

    private CommandFailed away() {
        return new CommandFailed("The restart service does not answer (%s). Start it: jupyter restart service start"
                .formatted(endpointFile.path()));
    }
}
