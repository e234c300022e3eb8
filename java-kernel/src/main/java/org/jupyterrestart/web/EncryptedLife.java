package org.jupyterrestart.web;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

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
        try (SSLSocket socket = (SSLSocket) Sockets.ANY.createSocket(plain, null, plain.getPort(), true)) {
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

    /** Made at the first such question: encryption takes memory. */
    private static final class Sockets {
        static final SSLSocketFactory ANY = make();

        private static SSLSocketFactory make() {
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, new TrustManager[] {new AnyCertificate()}, null);
                return context.getSocketFactory();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("This Java has no TLS", e);
            }
        }
    }

    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
