package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jupyterrestart.config.Durations;

/**
 * One request to learn whether anybody answers: any status will do, any certificate, and even the refusal of a
 * connection's encryption. It carries no secret, and nothing of the answer is used.
 *
 * @param url of {@code http}, {@code https}, or Jupyter's {@code http+unix}, whose host is the path of a socket
 * @param timeout of the whole, from the look-up of the host to the answer
 */
public record LifeSign(String url, Duration timeout) {
    private static final int READ_LIMIT = 1 << 13;

    /** Why there was none, as half a sentence; empty when there was. */
    public Optional<String> lack() throws InterruptedException {
        try {
            return Within.time(timeout, this::ask) ? Optional.empty() : Optional.of("it closed the connection");
        } catch (TimeoutException _) {
            return Optional.of("there was no answer within " + Durations.format(timeout));
        } catch (ExecutionException e) {
            return Optional.of(NetworkFailure.inWords(e.getCause()));
        }
    }

    private boolean ask() throws Exception {
        URI address = URI.create(url);
        if ("http+unix".equals(address.getScheme())) {
            return askOverSocket(address);
        }
        boolean isEncrypted = "https".equals(address.getScheme());
        int usual = isEncrypted ? 443 : 80;
        try (Socket plain = connected(address.getHost(), address.getPort() == -1 ? usual : address.getPort())) {
            if (isEncrypted) {
                return EncryptedLife.isSeenOn(plain, socket -> isAnswered(address, socket));
            }
            return isAnswered(address, plain);
        }
    }

    private static Socket connected(String host, int port) throws IOException {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        InetSocketAddress address = new InetSocketAddress(name, port);
        if (address.isUnresolved()) {
            throw new UnknownHostException(name);
        }
        Socket socket = new Socket();
        try {
            socket.connect(address);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static boolean askOverSocket(URI address) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(URLDecoder.decode(address.getRawAuthority(), UTF_8)));
            return isAnswered(address, Channels.newInputStream(channel), Channels.newOutputStream(channel));
        }
    }

    private static boolean isAnswered(URI address, Socket socket) throws IOException {
        return isAnswered(address, socket.getInputStream(), socket.getOutputStream());
    }

    private static boolean isAnswered(URI address, InputStream answer, OutputStream request) throws IOException {
        String host = address.getHost() == null ? "localhost" : address.getRawAuthority();
        request.write("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                .formatted(address.getRawPath(), host)
                .getBytes(US_ASCII));
        request.flush();
        // In one go, mostly all of it: what is left unread reaches the other side as a connection that broke.
        return answer.read(new byte[READ_LIMIT]) > 0;
    }
}
