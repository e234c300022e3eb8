package org.jupyterrestart.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jupyterrestart.DeafPort;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.web.WebCall.Answer;

@Timeout(60)
class WebCallIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void postCarriesItsBodyAndHeaders() throws IOException {
        try (LocalServer server = new LocalServer(_ -> 204)) {
            Map<String, String> headers = Map.of("Webhook-Id", "7");
            WebCall call = new WebCall("POST", server.url("/hook"), headers, Optional.of("{\"app\":\"é\"}"), PATIENCE);
            assertEquals(new Answer.Status(204), call.send());
            assertEquals(
                    List.of("POST /hook 7 application/json {\"app\":\"é\"}"),
                    server.asked().stream()
                            .map(asked -> String.join(
                                    " ",
                                    asked.method(),
                                    asked.path(),
                                    asked.headers().get("webhook-id"),
                                    asked.headers().get("content-type"),
                                    asked.body()))
                            .toList());
        }
    }

    @Test
    void statusIsTheAnswerWhateverItIs() throws IOException {
        for (int status : List.of(200, 301, 302, 401, 404, 500, 503)) {
            try (LocalServer server = new LocalServer(_ -> status)) {
                WebCall post = new WebCall("POST", server.url("/"), Map.of(), Optional.of("{}"), PATIENCE);
                assertEquals(new Answer.Status(status), post.send());
                assertEquals(
                        new Answer.Status(status),
                        WebCall.get(server.url("/"), PATIENCE).send());
                assertEquals(2, server.asked().size(), "redirected or repeated after " + status);
            }
        }
    }

    /** Some ended in "Connection reset" unseen by the server: they were sent on a connection that was just closed. */
    @Test
    void eachOfManyCallsReachesItsServer() throws IOException {
        try (LocalServer server = new LocalServer(_ -> 500)) {
            WebCall post = new WebCall("POST", server.url("/"), Map.of(), Optional.of("{}"), PATIENCE);
            assertEquals(
                    Set.of(new Answer.Status(500)),
                    IntStream.range(0, 500).mapToObj(_ -> post.send()).collect(Collectors.toSet()));
            assertEquals(500, server.asked().size());
        }
    }

    @Test
    void serverThatHangsIsLeftAtTheDeadline() throws IOException {
        try (LocalServer server = new LocalServer(_ -> LocalServer.HANG)) {
            assertEquals(
                    new Answer.None("there was no answer within 200ms"),
                    WebCall.get(server.url("/"), Duration.ofMillis(200)).send());
        }
    }

    @Test
    void deadlineIsOfTheWholeNotOfEachByte() throws Exception {
        Thread dripping;
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dripping = Thread.startVirtualThread(() -> drip(listener));
            String url = "http://127.0.0.1:%d/".formatted(listener.getLocalPort());
            assertEquals(
                    new Answer.None("there was no answer within 300ms"),
                    WebCall.get(url, Duration.ofMillis(300)).send());
        }
        // The connection was closed, which ends the dripping; on a busy machine there may have been none in time.
        dripping.join();
    }

    private static void drip(ServerSocket listener) {
        try (Socket client = listener.accept()) {
            client.getOutputStream().write("HTTP/1.1 200 OK\r\nX: ".getBytes());
            while (true) {
                client.getOutputStream().write('x');
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (IOException | InterruptedException _) {
            // The end that is waited for.
        }
    }

    @Test
    void postWhoseAnswerIsLostIsNotSentAgain() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread closing = Thread.startVirtualThread(() -> readAndClose(listener));
            String url = "http://127.0.0.1:%d/".formatted(listener.getLocalPort());
            Answer answer = new WebCall("POST", url, Map.of(), Optional.of("{}"), PATIENCE).send();
            assertEquals(new Answer.None("Unexpected end of file from server"), answer);
            closing.join();
            listener.setSoTimeout(1);
            assertEquals(false, isAskedAgain(listener));
        }
    }

    private static void readAndClose(ServerSocket listener) {
        try (Socket client = listener.accept()) {
            String head = "";
            while (!head.endsWith("{}")) {
                head += (char) client.getInputStream().read();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isAskedAgain(ServerSocket listener) throws IOException {
        try (Socket _ = listener.accept()) {
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        }
    }

    @Test
    void nobodyThereIsSaidSo() throws IOException {
        try (DeafPort port = new DeafPort()) {
            assertEquals(
                    new Answer.None("Connection refused"),
                    WebCall.get("http://127.0.0.1:%d/".formatted(port.number()), PATIENCE)
                            .send());
        }
    }
}
