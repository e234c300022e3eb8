package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.home.LastingMove;
import org.jupyterrestart.queue.TempFolder.Fetched;

/**
 * Keeps the temporary files that prompts load: ComfyUI empties its temp folder at each start. Each is kept once, however
 * many prompts load it, under a name made of its own: that may be in letters which this machine's locale does not know.
 */
final class TempFiles {
    /** Of one: ComfyUI takes no larger ones back, unless its {@code --max-upload-size} says otherwise. */
    private static final long MOST_BYTES = 100L << 20;

    /** Of all. */
    private static final long MOST_BYTES_OF_ALL = 1L << 30;

    /** What could not be fetched is tried again then. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final Path folder;
    private final TempFolder temp;
    private final QueueFiles files;
    private final LongSupplier nanos;
    private final long most;
    private final Map<Long, Loads> prompts = new HashMap<>();
    private final Map<TempName, String> unkept = new HashMap<>();

    TempFiles(TempFolder temp, QueueFiles files, LongSupplier nanos) {
        this(temp, files, nanos, MOST_BYTES);
    }

    /** @param most bytes of one file */
    TempFiles(TempFolder temp, QueueFiles files, LongSupplier nanos, long most) {
        this.most = most;
        this.temp = temp;
        this.files = files;
        this.nanos = nanos;
        folder = files.tempFolder();
    }

    /**
     * What a prompt loads.
     *
     * @param due when it is to be fetched, on the monotonic clock; empty where it never is again
     */
    private record Loads(Set<TempName> names, OptionalLong due) {
        boolean isDue(long now) {
            return due.isPresent() && now - due.getAsLong() >= 0;
        }

        Loads settled() {
            return new Loads(names, OptionalLong.empty());
        }

        Loads dueAt(long time) {
            return new Loads(names, OptionalLong.of(time));
        }
    }

    /**
     * Fetches what these, which are in ComfyUI's queue, load.
     *
     * @throws IOException where ComfyUI does not answer
     */
    void keep(List<Prompt> queued) throws IOException {
        for (Prompt prompt : queued) {
            Loads loads = of(prompt.file());
            if (loads.isDue(nanos.getAsLong())) {
                prompts.put(prompt.file(), fetched(loads));
            }
        }
    }

    private Loads fetched(Loads loads) throws IOException {
        boolean isSettled = true;
        for (TempName name : loads.names()) {
            unkept.remove(name);
            if (fetch(name) instanceof Fetched.Left(String why, boolean isForGood)) {
                unkept.put(name, why);
                isSettled &= isForGood;
            }
        }
        return isSettled ? loads.settled() : loads.dueAt(nanos.getAsLong() + AGAIN.toNanos());
    }

    private Fetched fetch(TempName name) throws IOException {
        Files.createDirectories(folder, QueueFiles.OWNERS_FOLDER);
        Path file = file(name);
        Path next = folder.resolve("next");
        Files.deleteIfExists(next);
        try (FileChannel channel = FileChannel.open(next, Set.of(CREATE_NEW, WRITE), QueueFiles.OWNER_ONLY)) {
            long room = Math.min(most, MOST_BYTES_OF_ALL - size());
            Fetched fetched = temp.fetch(name, lastFetched(file), channel, room);
            if (fetched instanceof Fetched.New) {
                channel.force(false);
                LastingMove.replace(next, file);
            }
            return fetched;
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static Optional<Instant> lastFetched(Path file) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    private long size() throws IOException {
        long size = 0;
        for (Path file : kept()) {
            size += Files.size(file);
        }
        return size;
    }

    /** Before {@code prompt} is sent again; what ComfyUI has made anew since its start stays as it is. */
    void giveBack(Prompt prompt) throws IOException {
        Loads loads = of(prompt.file());
        for (TempName name : loads.names()) {
            if (Files.exists(file(name)) && !temp.has(name)) {
                temp.put(name, file(name)).ifPresent(why -> unkept.put(name, why));
            }
        }
        prompts.put(prompt.file(), loads.settled());
    }

    /** Of these, which are over, nothing is remembered. */
    void drop(List<Prompt> over) throws IOException {
        for (Prompt prompt : over) {
            prompts.remove(prompt.file());
        }
        if (!unkept.isEmpty()) {
            unkept.keySet().retainAll(namesOf(files.queued()));
        }
        drop();
    }

    /** What no prompt loads any more goes. */
    void drop() throws IOException {
        List<Path> kept = kept();
        if (kept.isEmpty()) {
            Files.deleteIfExists(folder);
            return;
        }
        Set<Path> needed = Stream.concat(namesOf(files.queued()).stream(), namesOf(files.aside()).stream())
                .map(this::file)
                .collect(Collectors.toSet());
        for (Path file : kept) {
            if (!needed.contains(file)) {
                Files.deleteIfExists(file);
            }
        }
        if (needed.isEmpty()) {
            Files.deleteIfExists(folder);
        }
    }

    /** What prompts load and could not be kept, and why. */
    Map<String, String> unkept() {
        Map<String, String> told = new TreeMap<>();
        unkept.forEach((name, why) -> told.put(name.toString(), why));
        return told;
    }

    private Set<TempName> namesOf(List<Long> requests) throws IOException {
        Set<TempName> all = new HashSet<>();
        for (long file : requests) {
            all.addAll(of(file).names());
        }
        return all;
    }

    /** Of the prompt in this file. */
    private Loads of(long file) throws IOException {
        if (!prompts.containsKey(file)) {
            prompts.put(file, new Loads(files.tempNames(file), OptionalLong.of(nanos.getAsLong())));
        }
        return prompts.get(file);
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> kept = Files.list(folder)) {
            return kept.toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    private Path file(TempName name) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(name.toString().getBytes(UTF_8));
            return folder.resolve(HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-256", e);
        }
    }
}
