package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;
import org.jupyterrestart.config.Durations;

/**
 * One HTTP request of which only the status matters: never redirected, never sent twice, on a connection of its own.
 *
 * @param body sent as JSON; empty for a request without one
 * @param timeout of the whole, from the look-up of the host to the status
 * @param isToOwnApp an app's certificate is not looked at where it is asked on this machine: it is known by its process
 */
public record WebCall(
        String method,
        String url,
        Map<String, String> headers,
        Optional<String> body,
        Duration timeout,
        boolean isToOwnApp) {
    /** So much of an answer is read, so that its sender sees no broken connection; the rest is left. */
    private static final int READ_LIMIT = 1 << 16;

    /** A queue with the workflows in it is a megabyte or two. */
    private static final int BODY_LIMIT = 1 << 24;

    static {
        // A connection that is kept is used again in spite of disconnect(), and may be closed by the other side just
        // then.
        System.setProperty("http.keepAlive", "false");
    }

    public WebCall {
        headers = Map.copyOf(headers);
    }

    public WebCall(String method, String url, Map<String, String> headers, Optional<String> body, Duration timeout) {
        this(method, url, headers, body, timeout, false);
    }

    /** The same, to an app that the service looks after. */
    public WebCall toOwnApp() {
        return new WebCall(method, url, headers, body, timeout, true);
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

    /** A whole answer. */
    public sealed interface Reply {
        /** @param body as text, up to its first 16 MB */
        record Content(int status, String body) implements Reply {}

        /** No answer came; {@code why} is half a sentence. */
        record None(String why, boolean isRefused) implements Reply {}
    }

    public static WebCall get(String url, Duration timeout) {
        return new WebCall("GET", url, Map.of(), Optional.empty(), timeout);
    }

    /** Returns within the timeout, whatever the other side does. */
    public Answer send() {
        return switch (exchangeInTime(json(), READ_LIMIT)) {
            case Reply.Content it -> new Answer.Status(it.status());
            case Reply.None it -> new Answer.None(it.why());
        };
    }

    /** Like {@link #send}, for what is in the answer. */
    public Reply fetch() {
        return exchangeInTime(json(), BODY_LIMIT);
    }

    /** Like {@link #fetch}, with a file in place of the body. */
    public Reply upload(FormFile file) {
        try {
            return exchangeInTime(Optional.of(file.body()), BODY_LIMIT);
        } catch (IOException e) {
            return new Reply.None("%s can't be read: %s".formatted(file.file(), e.getMessage()), false);
        }
    }

    /** Takes an answer in as it comes, for one that may be too large to be held. */
    @FunctionalInterface
    public interface Reading<T> {
        T of(int status, InputStream body) throws IOException;
    }

    /**
     * For what is in a large answer, without a limit but that of time.
     *
     * @throws IOException where no whole answer came, in half a sentence, or {@code reading} threw it
     */
    public <T> T read(Reading<T> reading) throws IOException {
        try {
            return Within.time(timeout, () -> exchange(json(), reading));
        } catch (TimeoutException e) {
            throw new IOException("there was no answer within " + Durations.format(timeout), e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException it && it.getMessage() != null
                    ? it
                    : new IOException(NetworkFailure.inWords(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the service ended before the answer came", e);
        }
    }

    private Optional<RequestBody> json() {
        return body.map(RequestBody::json);
    }

    private Reply exchangeInTime(Optional<RequestBody> sent, int limit) {
        try {
            return Within.time(
                    timeout,
                    () -> exchange(sent, (status, content) -> new Reply.Content(status, text(content, limit))));
        } catch (TimeoutException _) {
            return new Reply.None("there was no answer within " + Durations.format(timeout), false);
        } catch (ExecutionException e) {
            return new Reply.None(NetworkFailure.inWords(e.getCause()), e.getCause() instanceof ConnectException);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Reply.None("the service ended before the answer came", false);
        }
    }

    private <T> T exchange(Optional<RequestBody> sent, Reading<T> reading) throws IOException {
        // The JDK's newer HttpClient takes 20 MB and four threads from its first request on, this one 3 MB and none.
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        try {
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            if (isToOwnApp
                    && connection instanceof HttpsURLConnection encrypted
                    && UnverifiedTls.isThisMachine(connection.getURL().getHost())) {
                encrypted.setSSLSocketFactory(UnverifiedTls.sockets());
                encrypted.setHostnameVerifier((_, _) -> true);
            }
            connection.setRequestMethod(method);
            headers.forEach(connection::setRequestProperty);
            if (sent.isPresent()) {
                send(connection, sent.get());
            }
            int status = connection.getResponseCode();
            try (InputStream content = content(connection)) {
                return reading.of(status, content);
            }
        } finally {
            connection.disconnect();
        }
    }

    private static void send(HttpURLConnection connection, RequestBody body) throws IOException {
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", body.type());
        // Else a POST whose answer is lost would be sent again, unasked.
        connection.setFixedLengthStreamingMode(body.length());
        body.writing().to(connection.getOutputStream());
    }

    private static InputStream content(HttpURLConnection connection) {
        try {
            return connection.getErrorStream() == null ? connection.getInputStream() : connection.getErrorStream();
        } catch (IOException _) {
            return InputStream.nullInputStream(); // an error without a text
        }
    }

    private static String text(InputStream content, int limit) {
        try {
            return new String(content.readNBytes(limit), UTF_8);
        } catch (IOException _) {
            // The status has come, which is all that most ask for.
            return "";
        }
    }
}
