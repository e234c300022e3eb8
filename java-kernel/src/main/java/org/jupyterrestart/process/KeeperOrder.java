package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/** One start, in the form that keeper.c describes. */
final class KeeperOrder {
    private static final int HEAD = 5 * Integer.BYTES;
    private static final int STANDING = 1;
    private static final int EVEN_AFTER_SUCCESS = 2;

    /** Voids a standing order that was sent before. */
    static final KeeperOrder REVOCATION = new KeeperOrder(new byte[0], 0, 0, STANDING, 0);

    /** So much fits into a socket that nobody reads from yet; more might have to wait for the keeper. */
    private static final int AT_ONCE = 1 << 16;

    private final byte[] strings;
    private final int arguments;
    private final int variables;
    private final int flags;
    private final int leastAgeMs;

    private KeeperOrder(byte[] strings, int arguments, int variables, int flags, int leastAgeMs) {
        this.strings = strings;
        this.arguments = arguments;
        this.variables = variables;
        this.flags = flags;
        this.leastAgeMs = leastAgeMs;
    }

    /** The same order, to be carried out when the app that runs has ended. */
    KeeperOrder standing(Standing terms) {
        int meant = STANDING | (terms.evenAfterSuccess() ? EVEN_AFTER_SUCCESS : 0);
        int leastAge = (int) Math.min(terms.leastAge().toMillis(), Integer.MAX_VALUE);
        return new KeeperOrder(strings, arguments, variables, meant, leastAge);
    }

    static KeeperOrder of(Launch launch, Path program, String statusFile, String bootId) {
        ByteArrayOutputStream strings = new ByteArrayOutputStream(8192);
        put(strings, statusFile);
        put(strings, KeeperRecord.firstLines(bootId, launch.environment().getOrDefault(Launch.MARKER, "")));
        put(strings, program.toString());
        put(strings, launch.directory().toString());
        put(strings, launch.output().toString());
        for (String argument : launch.command()) {
            put(strings, argument);
        }
        for (Map.Entry<String, String> variable : launch.environment().entrySet()) {
            strings.writeBytes(variable.getKey().getBytes(UTF_8));
            strings.write('=');
            put(strings, variable.getValue());
        }
        return new KeeperOrder(
                strings.toByteArray(),
                launch.command().size(),
                launch.environment().size(),
                0,
                0);
    }

    private static void put(ByteArrayOutputStream strings, String text) {
        strings.writeBytes(text.getBytes(UTF_8));
        strings.write(0);
    }

    boolean fitsAtOnce() {
        return size() <= AT_ONCE;
    }

    /** In bytes. */
    int size() {
        return HEAD + strings.length;
    }

    /** Whether all of it was sent; a keeper that got less does nothing, and ends when {@code socket} is closed. */
    boolean send(int socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment order = arena.allocate(size(), Integer.BYTES);
            order.set(JAVA_INT, 0, strings.length);
            order.set(JAVA_INT, Integer.BYTES, arguments);
            order.set(JAVA_INT, 2 * Integer.BYTES, variables);
            order.set(JAVA_INT, 3 * Integer.BYTES, flags);
            order.set(JAVA_INT, 4 * Integer.BYTES, leastAgeMs);
            MemorySegment.copy(strings, 0, order, JAVA_BYTE, HEAD, strings.length);
            return LibC.sendAll(socket, order, fitsAtOnce());
        }
    }
}
