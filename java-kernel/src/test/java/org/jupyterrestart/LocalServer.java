package org.jupyterrestart;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A real HTTP server on loopback that answers as a test tells it to, and remembers what it was asked. */
public final class LocalServer implements AutoCloseable {
    /** For {@link #answer}: no answer until the server is closed. */
    public static final int HANG = 0;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile IntUnaryOperator answer;
    private volatile UnaryOperator<String> content = _ -> "";

    /** One request; names of headers are in lower case. */
    public record Asked(String method, String path, Map<String, String> headers, String body) {}

    /** {@code answer} gives the status for the n-th request, from 1. */
    public LocalServer(IntUnaryOperator answer) throws IOException {
        this.answer = answer;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public void answer(IntUnaryOperator next) {
        answer = next;
    }

    /** {@code next} gives the body for a path; empty for none. */
    public void content(UnaryOperator<String> next) {
        content = next;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public String url(String path) {
        return "http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path);
    }

    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        int number;
        synchronized (asked) {
            asked.add(new Asked(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().entrySet().stream()
                            .collect(Collectors.toMap(
                                    entry -> entry.getKey().toLowerCase(Locale.ROOT),
                                    entry -> entry.getValue().getFirst())),
                    body));
            number = asked.size();
        }
        int status = answer.applyAsInt(number);
        if (status == HANG) {
            hang();
            return;
        }
        exchange.getResponseHeaders().set("Location", url("/elsewhere"));
        byte[] text = content.apply(exchange.getRequestURI().getPath()).getBytes(UTF_8);
        exchange.sendResponseHeaders(status, text.length == 0 ? -1 : text.length);
        exchange.getResponseBody().write(text);
        exchange.close();
    }

    private void hang() {
        try {
            closed.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.close();
    }
}
