package org.jupyterrestart.process;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/** Who listens on TCP ports, by {@code /proc/net} and what processes have open. Nothing is opened to find out. */
final class Listeners {
    private static final String LISTENING = "0A";
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    /** As the kernel writes an IPv4 address into its IPv6 table, up to the address itself. */
    private static final String MAPPED = "0000000000000000FFFF0000";

    /** {@code 0.0.0.0} and {@code ::}. */
    private static final Set<String> ANY = Set.of("00000000", "00000000000000000000000000000000");

    /** {@code ::1}. */
    private static final String LOOPBACK_6 = "00000000000000000000000001000000";

    private final Path proc;

    /** {@code proc} is {@code /proc}. */
    Listeners(Path proc) {
        this.proc = proc;
    }

    /** @param pid empty for a process that our user may not look into */
    record Listener(OptionalInt pid) {}

    /**
     * Who would be in the way of a program that listens on {@code port}, on loopback or on all addresses. Somebody on
     * another address of this machine, such as a proxy before the program, is not.
     */
    Optional<Listener> on(int port) {
        return on(port, Listeners::isLoopback);
    }

    /** Who is reached at this address of this machine: there, or on all addresses. */
    Optional<Listener> on(String host, int port) {
        Set<String> written = new HashSet<>(ANY);
        try {
            written.add(written(InetAddress.ofLiteral(host).getAddress()));
        } catch (IllegalArgumentException _) {
            return on(port); // a name: nobody is asked what it means
        }
        return on(port, written::contains);
    }

    private Optional<Listener> on(int port, Predicate<String> isThere) {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("net/tcp", "net/tcp6")) {
            for (String line : lines(proc.resolve(table))) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields.length > INODE
                        && fields[STATE].equals(LISTENING)
                        && isAt(fields[LOCAL_ADDRESS], port, isThere)) {
                    sockets.add("socket:[" + fields[INODE] + "]");
                }
            }
        }
        return sockets.isEmpty() ? Optional.empty() : Optional.of(new Listener(holder(sockets)));
    }

    /** {@code address} is {@code ADDRESS:PORT}, hexadecimal. */
    private static boolean isAt(String address, int port, Predicate<String> isThere) {
        String[] parts = address.split(":", 2);
        if (parts.length < 2 || !parts[1].equals("%04X".formatted(port))) {
            return false;
        }
        String host = parts[0].startsWith(MAPPED) ? parts[0].substring(MAPPED.length()) : parts[0];
        return isThere.test(host);
    }

    private static boolean isLoopback(String host) {
        // The kernel writes 127.0.0.1 in the byte order of the machine.
        return ANY.contains(host) || host.equals(LOOPBACK_6) || host.length() == 8 && host.endsWith("7F");
    }

    /** As the kernel does: four bytes at a time, in the byte order of the machine. */
    private static String written(byte[] address) {
        ByteBuffer bytes = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        StringBuilder text = new StringBuilder();
        while (bytes.hasRemaining()) {
            text.append("%08X".formatted(bytes.getInt()));
        }
        return text.toString();
    }

    /** Of several that share it, the one with the least pid: most often the parent. */
    private OptionalInt holder(Set<String> sockets) {
        return Descriptors.pids(proc).stream()
                .sorted()
                .filter(pid -> Descriptors.of(proc, pid).values().stream().anyMatch(sockets::contains))
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    private static List<String> lines(Path table) {
        try {
            return Files.readAllLines(table);
        } catch (IOException _) {
            return List.of(); // no such protocol in this kernel
        }
    }
}
