package org.jupyterrestart.api;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jupyterrestart.api.RequestGuard.Credentials;
import org.jupyterrestart.api.Routes.Found;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.supervisor.RefusedException;

/** HTTP on 127.0.0.1, one virtual thread a request; every failure becomes a problem in JSON here and nowhere else. */
public final class ControlServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlServer.class.getName());
    private static final int LONGEST_BODY = 1 << 20;

    /** What is read of a body that is too long, for its sender to come to an end. */
    private static final long LONGEST_SKIPPED = 1L << 28;

    /** Each costs memory while it waits, of which the service has little: enough for a hundred open tabs. */
    private static final int MOST_REQUESTS = 250;

    static {
        // Without it each answer waits 40 ms for the delayed acknowledgement of its headers.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Routes routes;
    private final RequestGuard guard;
    private final String version;
    private volatile Written last = new Written("", new byte[0]);
    private final Semaphore room = new Semaphore(MOST_REQUESTS);
    private volatile boolean isEnding;

    /** @param port 0 for any that is free */
    public record Settings(int port, String token, String version) {}

    /** Answers from now on. @throws IOException when the port is taken */
    public ControlServer(Settings settings, ControlApi api) throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", settings.port()), 0);
        routes = new Routes(api);
        guard = new RequestGuard(settings.token(), server.getAddress().getPort());
        version = settings.version();
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** From now on, what fails fails because the service ends. */
    public void end() {
        isEnding = true;
    }

    /** Takes no new request, lets those under way have a second. */
    @Override
    public void close() {
        server.stop(1);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            exchange.getResponseHeaders().set("X-Jupyter-Restart-Version", version);
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            boolean hasRoom = room.tryAcquire();
            try {
                if (!hasRoom) {
                    throw busy();
                }
                answer(exchange);
            } catch (ApiProblem problem) {
                send(exchange, problem);
            } catch (RefusedException e) {
                send(exchange, ApiProblem.of(e));
            } catch (InterruptedException _) {
                send(exchange, ending());
            } catch (RuntimeException | Error e) {
                if (isEnding) {
                    send(exchange, ending());
                    return;
                }
                LOG.log(ERROR, "%s %s failed".formatted(exchange.getRequestMethod(), exchange.getRequestURI()), e);
                send(
                        exchange,
                        new ApiProblem(
                                ProblemCode.INTERNAL,
                                "The service failed to answer; service.log in its home says why."));
            } finally {
                if (hasRoom) {
                    room.release();
                }
            }
        } catch (IOException e) {
            LOG.log(DEBUG, "The client went away: " + e);
        }
    }

    private static ApiProblem ending() {
        return new ApiProblem(ProblemCode.SERVICE_NOT_RUNNING, "The service is ending: ask the next one.");
    }

    private static ApiProblem busy() {
        return new ApiProblem(
                ProblemCode.BUSY,
                "The service answers %d requests already: ask again in a moment, over fewer connections."
                        .formatted(MOST_REQUESTS));
    }

    private void answer(HttpExchange exchange) throws ApiProblem, RefusedException, IOException, InterruptedException {
        Headers headers = exchange.getRequestHeaders();
        Optional<ApiProblem> refusal = guard.refuse(
                new Credentials(values(headers, "Host"), values(headers, "Origin"), values(headers, "Authorization")));
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getRawPath();
        switch (routes.find(method, path)) {
            case Found.One(Routes.Match(Route route, var named)) -> {
                Query query =
                        Query.parse(Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                                .orElse(""));
                Object answer = route.handler().answer(new Request(named, query, body(exchange)));
                send(exchange, route.status(), answer);
            }
            case Found.OtherMethods(String allowed) -> {
                exchange.getResponseHeaders().set("Allow", allowed);
                throw new ApiProblem(
                        ProblemCode.METHOD_NOT_ALLOWED,
                        "%s does not go with %s: use %s.".formatted(method, path, allowed));
            }
            case Found.None _ ->
                throw new ApiProblem(
                        ProblemCode.NO_SUCH_ROUTE, "There is nothing at %s. See /v1/openapi.json.".formatted(path));
        }
    }

    private static List<String> values(Headers headers, String name) {
        return headers.getOrDefault(name, List.of());
    }

    private static String body(HttpExchange exchange) throws IOException, ApiProblem {
        byte[] bytes = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
        if (bytes.length > LONGEST_BODY) {
            skip(exchange.getRequestBody());
            // There may be still more, so the connection is of no more use.
            exchange.getResponseHeaders().set("Connection", "close");
            throw ApiProblem.badRequest("The body is longer than %d bytes.".formatted(LONGEST_BODY));
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            throw ApiProblem.badRequest("The body is no UTF-8.");
        }
    }

    /** Who is still writing when the connection is closed is told by a reset, and never reads the answer. */
    private static void skip(InputStream rest) throws IOException {
        byte[] block = new byte[1 << 13];
        long left = LONGEST_SKIPPED;
        for (int n = 0; n >= 0 && left > 0; left -= n) {
            n = rest.read(block);
        }
    }

    private void send(HttpExchange exchange, int status, Object answer) throws IOException {
        if (answer instanceof Exposition.Text(String text)) {
            send(exchange, status, Exposition.CONTENT_TYPE, bytes(text));
        } else {
            send(exchange, status, "application/json", written(answer));
        }
    }

    private static void send(HttpExchange exchange, ApiProblem problem) throws IOException {
        send(exchange, problem.body().status(), "application/problem+json", bytes(Json.write(problem.body())));
    }

    /** The last answer and what was sent for it: a snapshot is the same object until something changes. */
    private record Written(Object answer, byte[] bytes) {}

    private byte[] written(Object answer) {
        Written known = last;
        if (known.answer() == answer) {
            return known.bytes();
        }
        byte[] bytes = bytes(answer instanceof String text ? text : Json.write(answer));
        last = new Written(answer, bytes);
        return bytes;
    }

    private static byte[] bytes(String json) {
        return json.getBytes(UTF_8);
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
