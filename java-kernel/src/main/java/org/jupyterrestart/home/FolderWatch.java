package org.jupyterrestart.home;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Optional;
import java.util.Set;

/**
 * Tells that something has happened in folders, by inotify: until then it costs nothing. It does not hear of what other
 * machines do in a folder that they share, nor of a folder that was not there when it began.
 */
public final class FolderWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FolderWatch.class.getName());

    private final WatchService service;
    private final Runnable listener;

    private FolderWatch(WatchService service, Runnable listener) {
        this.service = service;
        this.listener = listener;
    }

    /**
     * {@code listener} is called by a thread of the watch's own, once for many things at a time. Empty where the user
     * has used up what the system grants of inotify.
     */
    public static Optional<FolderWatch> start(Set<Path> folders, Runnable listener) {
        try {
            FolderWatch watch = new FolderWatch(FileSystems.getDefault().newWatchService(), listener);
            folders.forEach(watch::add);
            Thread.ofPlatform().daemon().name("folders").start(watch::run);
            return Optional.of(watch);
        } catch (IOException e) {
            LOG.log(WARNING, "Nothing is watched (%s): edits are seen later".formatted(e));
            return Optional.empty();
        }
    }

    private void add(Path folder) {
        try {
            folder.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            LOG.log(DEBUG, "%s is not watched: %s".formatted(folder, e));
        }
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = service.take();
                key.pollEvents();
                key.reset();
                listener.run();
            }
        } catch (ClosedWatchServiceException | InterruptedException _) {
            // Closed: nobody wants to know any more.
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
