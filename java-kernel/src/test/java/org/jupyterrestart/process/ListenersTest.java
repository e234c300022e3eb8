package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.DeafPort;
import org.jupyterrestart.process.Listeners.Listener;

class ListenersTest {
    private static final int PORT = 8188;
    private static final String HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when";
    private static final String REST = "00000000:00000000 00:00000000 00000000  1000        0 %d 1 0000000000000000";

    @TempDir
    Path proc;

    private static String line(String address, int port, String state, int inode) {
        return "   0: %s:%04X 00000000:0000 %s ".formatted(address, port, state) + REST.formatted(inode);
    }

    private Optional<Listener> on(String address, String state) throws IOException {
        Files.createDirectories(proc.resolve("net"));
        String table = address.length() > 8 ? "net/tcp6" : "net/tcp";
        Files.write(proc.resolve(table), List.of(HEAD, line(address, PORT, state, 77)));
        return new Listeners(proc).on(PORT);
    }

    private void hold(int pid) throws IOException {
        Path fd = Files.createDirectories(proc.resolve(pid + "/fd"));
        Files.createSymbolicLink(fd.resolve("3"), Path.of("socket:[77]"));
    }

    @Test
    void listenersOnLoopbackAndOnAllAddressesAreInTheWay() throws IOException {
        hold(5);
        for (String address : List.of(
                "00000000",
                "0100007F",
                "00000000000000000000000000000000",
                "00000000000000000000000001000000",
                "0000000000000000FFFF00000100007F")) {
            assertEquals(Optional.of(new Listener(OptionalInt.of(5))), on(address, "0A"), address);
            Files.deleteIfExists(proc.resolve("net/tcp"));
            Files.deleteIfExists(proc.resolve("net/tcp6"));
        }
    }

    @Test
    void whoIsReachedAtAnAddressListensThereOrOnAllAddresses() throws IOException {
        hold(5);
        Optional<Listener> five = Optional.of(new Listener(OptionalInt.of(5)));
        on("0500000A", "0A");
        assertEquals(five, new Listeners(proc).on("10.0.0.5", PORT));
        assertEquals(Optional.empty(), new Listeners(proc).on("10.0.0.6", PORT));
        assertEquals(Optional.empty(), new Listeners(proc).on("127.0.0.1", PORT));
        assertEquals(Optional.empty(), new Listeners(proc).on("a.name", PORT));
        on("000080FE000000000000000001000000", "0A");
        assertEquals(five, new Listeners(proc).on("[fe80::1]", PORT));
        on("00000000", "0A");
        assertEquals(five, new Listeners(proc).on("10.0.0.6", PORT));
    }

    @Test
    void connectionsAndOtherAddressesAreNot() throws IOException {
        assertEquals(Optional.empty(), on("0100007F", "01"));
        assertEquals(Optional.empty(), on("0500000A", "0A"));
        assertEquals(Optional.empty(), new Listeners(proc).on(PORT + 1));
    }

    @Test
    void holderThatCannotBeSeenIsThereAllTheSame() throws IOException {
        assertEquals(Optional.of(new Listener(OptionalInt.empty())), on("00000000", "0A"));
    }

    @Test
    void thisProcessIsFound() throws IOException {
        int self = (int) ProcessHandle.current().pid();
        Listeners listeners = new Listeners(Path.of("/proc"));
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(Optional.of(new Listener(OptionalInt.of(self))), listeners.on(socket.getLocalPort()));
        }
        try (DeafPort port = new DeafPort()) {
            assertEquals(Optional.empty(), listeners.on(port.number()));
        }
    }
}
