package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jupyterrestart.config.Durations;

/**
 * One HTTP request of which only the status matters: never redirected, never sent twice, on a connection of its own.
 *
 * @param body sent as JSON; empty for a request without one
 * @param timeout of the whole, from the look-up of the host to the status
 */
public record WebCall(String method, String url, Map<String, String> headers, Optional<String> body, Duration timeout) {
    /** So much of an answer is read, so that its sender sees no broken connection; the rest is left. */
    private static final int READ_LIMIT = 1 << 16;

    static {
        // A connection that is kept is used again in spite of disconnect(), and may be closed by the other side just
        // then.
        System.setProperty("http.keepAlive", "false");
    }

    public WebCall {
        headers = Map.copyOf(headers);
    }

    /** What came of it. */
    public sealed interface Answer {
        record Status(int code) implements Answer {
            public boolean isGood() {
                return code >= HttpURLConnection.HTTP_OK && code < HttpURLConnection.HTTP_MULT_CHOICE;
            }
        }

        /** No status came; {@code why} is half a sentence. */
        record None(String why) implements Answer {}
    }

    public static WebCall get(String url, Duration timeout) {
        return new WebCall("GET", url, Map.of(), Optional.empty(), timeout);
    }

    /** Returns within the timeout, whatever the other side does. */
    public Answer send() {
        try {
            return new Answer.Status(Within.time(timeout, this::exchange));
        } catch (TimeoutException _) {
            return new Answer.None("there was no answer within " + Durations.format(timeout));
        } catch (ExecutionException e) {
            return new Answer.None(NetworkFailure.inWords(e.getCause()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.None("the service ended before the answer came");
        }
    }

    private int exchange() throws IOException {
        // The JDK's newer HttpClient takes 20 MB and four threads from its first request on, this one 3 MB and none.
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        try {
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestMethod(method);
            headers.forEach(connection::setRequestProperty);
            if (body.isPresent()) {
                send(connection, body.get().getBytes(UTF_8));
            }
            int status = connection.getResponseCode();
            readSome(connection);
            return status;
        } finally {
            connection.disconnect();
        }
    }

    private static void send(HttpURLConnection connection, byte[] json) throws IOException {
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        // Else a POST whose answer is lost would be sent again, unasked.
        connection.setFixedLengthStreamingMode(json.length);
        connection.getOutputStream().write(json);
    }

    private static void readSome(HttpURLConnection connection) {
        try (InputStream content =
                connection.getErrorStream() == null ? connection.getInputStream() : connection.getErrorStream()) {
            content.readNBytes(READ_LIMIT);
        } catch (IOException _) {
            // The status has come, which is all that is asked for.
        }
    }
}
