package org.jupyterrestart.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The status files of all keepers, also of those an earlier service started: how its apps ended is read here. A file
 * whose app has ended is kept for a day.
 */
final class KeeperFiles implements Keepers {
    private static final System.Logger LOG = System.getLogger(KeeperFiles.class.getName());
    private static final Duration KEPT = Duration.ofDays(1);

    private final Path folder;
    private final Map<ProcessIdentity, Path> byApp = new ConcurrentHashMap<>();

    /** Makes {@code folder} where it is missing. */
    KeeperFiles(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        removeOld();
    }

    /** Where this keeper writes; each start makes the file anew. */
    Path of(ProcessIdentity keeper) {
        return folder.resolve("%d-%d.status".formatted(keeper.pid(), keeper.startTicks()));
    }

    /** Of a keeper that is gone, or that nobody will ask any more. */
    void remove(ProcessIdentity keeper) {
        try {
            Files.deleteIfExists(of(keeper));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "A status file stays until the service starts again: " + e);
        }
    }

    @Override
    public Optional<KeeperRecord> recordOf(ProcessIdentity app) {
        return Optional.ofNullable(byApp.computeIfAbsent(app, this::search))
                .flatMap(KeeperFiles::read)
                .flatMap(record -> record.of(app));
    }

    @Override
    public Optional<KeeperRecord> recordOfKeeper(ProcessIdentity keeper) {
        return read(of(keeper));
    }

    @Override
    public Optional<ProcessIdentity> appOf(String marker) {
        return files().stream()
                .filter(file -> isOf(marker, file))
                .flatMap(file -> read(file).flatMap(KeeperRecord::app).stream())
                .findFirst();
    }

    private static boolean isOf(String marker, Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return KeeperRecord.isOf(marker, lines);
        } catch (IOException | UncheckedIOException _) {
            return false; // removed, or not of ours
        }
    }

    /** Null, for computeIfAbsent, when no file tells of this app. */
    private Path search(ProcessIdentity app) {
        return files().stream()
                .filter(file -> read(file).flatMap(record -> record.of(app)).isPresent())
                .findFirst()
                .orElse(null);
    }

    private List<Path> files() {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("can't list the status files in " + folder, e);
        }
    }

    private static Optional<KeeperRecord> read(Path file) {
        try {
            return Optional.of(KeeperRecord.parse(Files.readString(file).lines()));
        } catch (IOException _) {
            return Optional.empty(); // removed, or not of ours
        }
    }

    private void removeOld() throws IOException {
        Instant limit = Instant.now().minus(KEPT);
        for (Path file : files()) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)
                    && read(file).filter(KeeperRecord::isOver).isPresent()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
