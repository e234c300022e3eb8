package org.jupyterrestart.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.home.AtomicFile;
import org.jupyterrestart.home.ConfigPlaces;

/**
 * The config in force and the file that it comes from. Whatever becomes of the file, the last good config stays in
 * force until there is another good one. Any thread may call.
 */
public final class ConfigFile {
    private final ConfigPlaces places;
    private final ConfigLoader loader;

    /** Held while the file is read or written; guards {@code seen} and {@code taken}. */
    private final ReentrantLock lock = new ReentrantLock();

    private FileStamp seen;
    private FileStamp taken;
    private volatile InForce inForce;

    private ConfigFile(ConfigPlaces places, ConfigLoader loader, FileStamp taken, InForce inForce) {
        this.places = places;
        this.loader = loader;
        this.taken = taken;
        this.seen = taken;
        this.inForce = inForce;
    }

    /**
     * What counts now.
     *
     * @param path where it comes from; empty for what runs without a file
     * @param toml its text
     * @param problems what is wrong with the file since, each as {@code FILE:LINE:COLUMN: message}; empty if nothing
     */
    public record InForce(Optional<Path> path, String toml, Config config, List<String> problems) {
        public InForce {
            problems = List.copyOf(problems);
        }

        InForce spoiled(List<String> why) {
            return new InForce(path, toml, config, why);
        }
    }

    /** What became of a text. */
    public sealed interface Outcome {
        /** It is in force. */
        record Taken(InForce inForce) implements Outcome {}

        /** Something is wrong with it; what was in force still is. */
        record Rejected(List<String> problems) implements Outcome {}
    }

    /** What became of the first look. */
    public sealed interface Opened {
        record Good(ConfigFile file) implements Opened {}

        record Bad(List<String> problems) implements Opened {}
    }

    public static Opened open(ConfigPlaces places, ConfigLoader loader) {
        FileStamp stamp = FileStamp.of(places.file());
        if (stamp.path().isEmpty()) {
            InForce none = new InForce(Optional.empty(), "", loader.withoutFile(), List.of());
            return new Opened.Good(new ConfigFile(places, loader, stamp, none));
        }
        return switch (read(loader, stamp.path().get())) {
            case Outcome.Taken(InForce inForce) -> new Opened.Good(new ConfigFile(places, loader, stamp, inForce));
            case Outcome.Rejected(List<String> problems) -> new Opened.Bad(problems);
        };
    }

    public InForce inForce() {
        return inForce;
    }

    /**
     * Looks whether there is something new; empty when there is not. A file that changes is read when two looks in a
     * row find it the same: an editor may be in the middle of writing it.
     */
    public Optional<Outcome> look() {
        lock.lock();
        try {
            FileStamp now = FileStamp.of(places.file());
            boolean isStill = now.equals(seen);
            seen = now;
            if (!isStill || now.equals(taken)) {
                return Optional.empty();
            }
            taken = now;
            return news(now);
        } finally {
            lock.unlock();
        }
    }

    /** Whether what the last look saw is what was taken last: if not, the file may still be written. */
    public boolean isSettled() {
        lock.lock();
        try {
            return seen.equals(taken);
        } finally {
            lock.unlock();
        }
    }

    /** Where something happens when the file is written, or one appears that counts more; a link's target included. */
    public Set<Path> folders() {
        return Stream.concat(places.files().stream(), places.file().flatMap(ConfigFile::target).stream())
                .map(Path::getParent)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<Path> target(Path file) {
        try {
            return Optional.of(file.toRealPath());
        } catch (IOException _) {
            return Optional.empty(); // It is not there yet.
        }
    }

    private Optional<Outcome> news(FileStamp now) {
        Outcome outcome = now.path().map(path -> read(loader, path)).orElseGet(this::gone);
        InForce before = inForce;
        inForce = switch (outcome) {
            case Outcome.Taken(InForce next) -> next;
            case Outcome.Rejected(List<String> problems) -> before.spoiled(problems);
        };
        return inForce.equals(before) ? Optional.empty() : Optional.of(outcome);
    }

    private Outcome gone() {
        return inForce.path()
                .<Outcome>map(path -> new Outcome.Rejected(List.of(
                        "%s:1:1: the file is gone: write it again, empty if nothing is to be said".formatted(path))))
                .orElseGet(() -> new Outcome.Taken(inForce.spoiled(List.of())));
    }

    /** Puts a text in the place of the file, if it is good. */
    public Outcome write(String toml) throws IOException {
        lock.lock();
        try {
            Path file = places.file()
                    .or(() -> places.files().stream().findFirst())
                    .orElseThrow(() -> new IOException("there is no place for a config file: set HOME"));
            Outcome outcome = parse(loader, file, toml);
            if (outcome instanceof Outcome.Taken(InForce next)) {
                replace(file, toml);
                taken = FileStamp.of(places.file());
                seen = taken;
                inForce = next;
            }
            return outcome;
        } finally {
            lock.unlock();
        }
    }

    private static void replace(Path file, String toml) throws IOException {
        // A link stays one: many keep their settings in a folder of their own.
        Path target = Files.exists(file) ? file.toRealPath() : file;
        Files.createDirectories(target.toAbsolutePath().getParent());
        String mode = Files.exists(target)
                ? PosixFilePermissions.toString(Files.getPosixFilePermissions(target))
                : "rw-------";
        AtomicFile.writeLasting(target, toml, mode);
    }

    private static Outcome read(ConfigLoader loader, Path file) {
        try {
            return parse(loader, file, ConfigText.read(file));
        } catch (IOException e) {
            return new Outcome.Rejected(ConfigLoader.unreadable(file, e).problems());
        }
    }

    private static Outcome parse(ConfigLoader loader, Path file, String toml) {
        return switch (loader.parse(file, toml)) {
            case ConfigLoader.Result.Loaded(Config config) ->
                new Outcome.Taken(new InForce(Optional.of(file), toml, config, List.of()));
            case ConfigLoader.Result.Rejected(List<String> problems) -> new Outcome.Rejected(problems);
        };
    }
}
