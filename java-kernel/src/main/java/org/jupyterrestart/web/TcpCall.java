package org.jupyterrestart.web;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jupyterrestart.config.Durations;

/** One connection that is closed at once; {@code timeout} is of the whole, the look-up of the host included. */
public record TcpCall(String host, int port, Duration timeout) {
    /** Why there is none, as half a sentence; empty when it was made. */
    public Optional<String> connect() throws InterruptedException {
        try {
            return Within.time(timeout, this::tryToConnect);
        } catch (TimeoutException _) {
            return Optional.of("there was no connection within " + Durations.format(timeout));
        } catch (ExecutionException e) {
            return Optional.of(NetworkFailure.inWords(e.getCause()));
        }
    }

    private Optional<String> tryToConnect() throws Exception {
        try (Socket socket = new Socket()) {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                return Optional.of("the host %s is not known".formatted(host));
            }
            socket.connect(address);
            return Optional.empty();
        }
    }
}
