package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LifeSignIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LITTLE = Duration.ofMillis(200);
    private static final String PASSWORD = "changeit";

    @TempDir
    static Path folder;

    /** A certificate for another name, of its own making. */
    private static Path store;

    @BeforeAll
    static void makeCertificate() throws Exception {
        store = folder.resolve("own.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        List<String> made =
                List.of(keytool, "-genkeypair", "-keyalg", "EC", "-alias", "own", "-dname", "CN=notebooks.example.org");
        List<String> kept = List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD);
        List<String> command = Stream.concat(made.stream(), kept.stream()).toList();
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    @Test
    void certificateIsNotAskedFor() throws Exception {
        HttpsServer server = server(false);
        try {
            assertEquals(Optional.empty(), new LifeSign(url(server), PATIENCE).lack());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void certificateOfAnOwnAppOnThisMachineIsNotLookedAt() throws Exception {
        HttpsServer server = server(false);
        try {
            WebCall call = WebCall.get(url(server), PATIENCE);
            assertInstanceOf(WebCall.Answer.None.class, call.send());
            assertInstanceOf(WebCall.Answer.Status.class, call.toOwnApp().send());
            WebCall byName = WebCall.get(url(server).replace("127.0.0.1", "localhost"), PATIENCE);
            assertInstanceOf(WebCall.Answer.None.class, byName.toOwnApp().send());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void refusalOfTheEncryptionIsAnAnswer() throws Exception {
        HttpsServer server = server(true);
        try {
            assertEquals(Optional.empty(), new LifeSign(url(server), PATIENCE).lack());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void encryptedServerThatOnlyTakesConnectionsLacksIt() throws Exception {
        try (ServerSocket halted = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            assertEquals(
                    Optional.of("there was no answer within 200ms"),
                    new LifeSign("https://127.0.0.1:%d/api".formatted(halted.getLocalPort()), LITTLE).lack());
        }
    }

    @Test
    void socketIsAskedToo() throws Exception {
        Path socket = folder.resolve("a lab.sock");
        String url = "http+unix://%s/base/api"
                .formatted(URLEncoder.encode(socket.toString(), UTF_8).replace("+", "%20"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertEquals(Optional.of("there was no answer within 200ms"), new LifeSign(url, LITTLE).lack());
            dropAll(server);
            Thread answering = Thread.ofVirtual().start(() -> answer(server));
            assertEquals(Optional.empty(), new LifeSign(url, PATIENCE).lack());
            answering.join();
        }
        Files.delete(socket);
        assertEquals(Optional.of("No such file or directory"), new LifeSign(url, PATIENCE).lack());
    }

    /** On a busy machine the time may have been over before there was a connection. */
    private static void dropAll(ServerSocketChannel server) throws IOException {
        server.configureBlocking(false);
        for (SocketChannel left = server.accept(); left != null; left = server.accept()) {
            left.close();
        }
        server.configureBlocking(true);
    }

    private static void answer(ServerSocketChannel server) {
        try (SocketChannel client = server.accept()) {
            ByteBuffer request = ByteBuffer.allocate(1000);
            client.read(request);
            String line = new String(request.array(), 0, request.position(), UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
            assertEquals("GET /base/api HTTP/1.1", line);
            client.write(ByteBuffer.wrap("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(UTF_8)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String url(HttpsServer server) {
        return "https://127.0.0.1:%d/api".formatted(server.getAddress().getPort());
    }

    private static HttpsServer server(boolean asksForOurs) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(store)) {
            keys.load(bytes, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters own = context.getDefaultSSLParameters();
                own.setNeedClientAuth(asksForOurs);
                parameters.setSSLParameters(own);
            }
        });
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(403, -1);
            exchange.close();
        });
        server.start();
        return server;
    }
}
