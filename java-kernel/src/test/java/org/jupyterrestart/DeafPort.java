package org.jupyterrestart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A port of loopback where nobody listens, nor can: one that was just let go may be anybody's. */
public record DeafPort(Socket holder) implements AutoCloseable {
    public DeafPort() throws IOException {
        this(new Socket());
        holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    public int number() {
        return holder.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        holder.close();
    }
}
