package org.jupyterrestart.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Brings the service back when it ends without a word, by SIGKILL, say: a shell in a session of its own that hears of
 * the end by a socket, and becomes the service again, with its command line, environment and output.
 */
public final class Guard implements AutoCloseable {
    private static final Path SHELL = Path.of("/bin/sh");
    private static final String NAME = "jupyter-restart-guard";
    private static final byte[] GOODBYE = {'\n'};

    /** It hears of our end, whatever else it may be held up by. */
    private static final Duration LONGEST_END = Duration.ofSeconds(1);

    private final ExitWatcher watcher;
    private final ProcessIdentity identity;
    private final int socket;

    private Guard(ExitWatcher watcher, ProcessIdentity identity, int socket) {
        this.watcher = watcher;
        this.identity = identity;
        this.socket = socket;
    }

    /** None where there is no shell; {@code endpoint} is the file that names the service that runs. */
    static Optional<Guard> start(Children children, Launch service, Path endpoint) {
        String pid = Long.toString(ProcessHandle.current().pid());
        List<String> command = Stream.concat(
                        Stream.of("sh", "-c", script(), NAME, endpoint.toString(), pid), service.command().stream())
                .toList();
        LibC.Pair sockets = LibC.socketPair();
        Children.Result result =
                children.make(new Children.Program(SHELL, command, OptionalInt.of(sockets.theirs())), service);
        LibC.close(sockets.theirs());
        return switch (result) {
            case Children.Result.Child(ProcessIdentity guard) ->
                Optional.of(new Guard(children.watcher(), guard, sockets.ours()));
            case Children.Result.None _ -> {
                LibC.close(sockets.ours());
                yield Optional.empty();
            }
        };
    }

    private static String script() {
        try (InputStream resource = Guard.class.getResourceAsStream("/guard.sh")) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The service ends in order, or goes on as another program: no guard is left, and none as a zombie. */
    @Override
    public void close() {
        CountDownLatch living = new CountDownLatch(1);
        watcher.watch(identity, _ -> living.countDown());
        try (Arena arena = Arena.ofConfined()) {
            LibC.sendAll(socket, arena.allocateFrom(ValueLayout.JAVA_BYTE, GOODBYE), true);
        }
        LibC.close(socket);
        try {
            living.await(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
