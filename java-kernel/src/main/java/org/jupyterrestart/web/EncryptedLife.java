package org.jupyterrestart.web;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * Sees whether anybody speaks TLS, without a look at the certificate: mostly it is of the server's own making, or for a
 * name by which the world knows it. Only for what carries no secret, to a server whose process is known by other means.
 */
final class EncryptedLife {
    private EncryptedLife() {}

    /** A question over a connection. */
    @FunctionalInterface
    interface Question {
        boolean isAnswered(Socket socket) throws IOException;
    }

    /** Whether there was an answer, or a refusal by one who had to read what was said. */
    static boolean isSeenOn(Socket plain, Question question) throws IOException {
        // Without its name: some servers know none.
        try (SSLSocket socket = (SSLSocket) UnverifiedTls.sockets().createSocket(plain, null, plain.getPort(), true)) {
            socket.startHandshake();
            try {
                return question.isAnswered(socket);
            } catch (IOException _) {
                // It may ask for a certificate of ours, and says so only after the handshake.
                return true;
            }
        } catch (SSLException _) {
            return true;
        }
    }
}
