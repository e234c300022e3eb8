package org.jupyterrestart.event;

import static java.lang.System.Logger.Level.ERROR;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The event log on disk: {@code events.jsonl} and the segments before it. The recent events are also in memory, older
 * ones are read from the files. A disk that can't be written stops nothing: the lines wait in memory for the next try.
 */
public final class SegmentedEventLog implements EventLog, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SegmentedEventLog.class.getName());
    private static final int RECENT = 1000;

    /** So many wait in memory for a disk that can't be written; of more, the oldest are given up. */
    private static final int MOST_UNWRITTEN = 10_000;

    /** When a segment is sealed, and how many sealed ones are kept. */
    public record Limits(long segmentBytes, int segments) {
        public static final Limits USUAL = new Limits(4 << 20, 100);
    }

    private final Limits limits;
    private final EventArchive archive;
    private final EventFile current;

    /** Guards {@code recent} and the seqs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition grown = lock.newCondition();

    /** Guards the names of the files: shared by readers, alone for who renames. Taken inside {@code lock} or alone. */
    private final ReentrantReadWriteLock names = new ReentrantReadWriteLock();

    private final Deque<Event> recent = new ArrayDeque<>();
    private long lastSeq;
    private long writtenSeq;

    /** What was said last; empty while it can be written. */
    private String whyUnwritten = "";

    private long sealedSeq;

    /** Held by the one thread that compresses; guards {@code isClosed}. */
    private final ReentrantLock compressing = new ReentrantLock();

    private boolean isClosed;

    /** @throws IOException when the folder can't be read or written */
    public SegmentedEventLog(Path folder, Limits limits) throws IOException {
        this.limits = limits;
        archive = new EventArchive(folder);
        current = EventFile.open(folder.resolve("events.jsonl"));
        load();
        Thread.startVirtualThread(this::compressSealed);
    }

    private void load() throws IOException {
        Collection<Path> files =
                current.firstSeq().isPresent() ? List.of(current.path()) : archive.filesAfter(Long.MAX_VALUE - 1);
        Deque<String> last = new ArrayDeque<>();
        for (Path file : files) {
            try (BufferedReader lines = EventArchive.read(file)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    last.addLast(line);
                    if (last.size() > RECENT) {
                        last.removeFirst();
                    }
                }
            }
        }
        for (String line : last) {
            lastSeq = EventLine.seq(line).orElse(lastSeq);
            EventLine.read(line).ifPresent(this::remember);
        }
        writtenSeq = lastSeq;
        sealedSeq = current.firstSeq().orElse(lastSeq + 1) - 1;
    }

    private void remember(Event event) {
        recent.addLast(event);
        lastSeq = event.seq();
        while (recent.size() > (recent.getFirst().seq() <= writtenSeq ? RECENT : MOST_UNWRITTEN)) {
            recent.removeFirst();
        }
    }

    @Override
    public Event append(EventDraft draft) {
        lock.lock();
        try {
            Event event = draft.withSeq(lastSeq + 1);
            remember(event);
            write();
            grown.signalAll();
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** A disk that had failed and was mounted anew has another file in the place of this one. */
    private void write() {
        try {
            if (writtenSeq < lastSeq - 1 && current.isReplaced()) {
                reopen();
            }
            for (Event event : unwritten()) {
                current.append((EventLine.write(event) + "\n").getBytes(UTF_8), event.seq());
                writtenSeq = event.seq();
            }
            if (current.length() >= limits.segmentBytes()) {
                seal();
            }
            whyUnwritten = "";
        } catch (IOException e) {
            tellUnwritten(String.valueOf(e));
        }
    }

    /** Once for each cause, until it works again. */
    private void tellUnwritten(String why) {
        if (!why.equals(whyUnwritten)) {
            whyUnwritten = why;
            LOG.log(
                    ERROR,
                    "Could not write %s: %s. Events are kept in memory until they can be; make room on the disk."
                            .formatted(current.path(), why));
        }
    }

    private void reopen() throws IOException {
        names.writeLock().lock();
        try {
            current.close();
            writtenSeq = current.reopen().orElse(sealedSeq);
        } finally {
            names.writeLock().unlock();
        }
    }

    private List<Event> unwritten() {
        return writtenSeq == lastSeq - 1
                ? List.of(recent.getLast())
                : recent.stream().filter(event -> event.seq() > writtenSeq).toList();
    }

    private void seal() throws IOException {
        names.writeLock().lock();
        try {
            long first = current.firstSeq().orElseThrow();
            Path sealed = archive.nameFor(first);
            current.moveTo(sealed);
            archive.add(first, sealed);
            sealedSeq = writtenSeq;
            archive.keepLast(limits.segments());
        } finally {
            names.writeLock().unlock();
        }
        Thread.startVirtualThread(this::compressSealed);
    }

    private void compressSealed() {
        compressing.lock();
        try {
            for (Path file : isClosed ? List.<Path>of() : uncompressed()) {
                compress(file);
            }
        } catch (IOException e) {
            // They stay readable as they are, and it is tried again when the next one is sealed.
            LOG.log(ERROR, "Could not compress a segment of the event log: " + e);
        } finally {
            compressing.unlock();
        }
    }

    private void compress(Path file) throws IOException {
        try {
            Path compressed = EventArchive.compress(file);
            names.writeLock().lock();
            try {
                archive.replace(file, compressed);
            } finally {
                names.writeLock().unlock();
            }
        } catch (NoSuchFileException _) {
            // Dropped meanwhile: nothing left to do.
        }
    }

    private List<Path> uncompressed() {
        names.readLock().lock();
        try {
            return archive.uncompressed();
        } finally {
            names.readLock().unlock();
        }
    }

    @Override
    public long lastSeq() {
        lock.lock();
        try {
            return lastSeq;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long oldestSeq() {
        lock.lock();
        names.readLock().lock();
        try {
            return archive.oldestSeq().orElse(current.firstSeq().orElse(lastSeq + 1));
        } finally {
            names.readLock().unlock();
            lock.unlock();
        }
    }

    @Override
    public List<Event> since(long after, int limit) {
        lock.lock();
        try {
            if (recent.isEmpty() || after >= recent.getFirst().seq() - 1) {
                return remembered(after, limit);
            }
        } finally {
            lock.unlock();
        }
        List<Event> older = read(after, limit);
        return older.isEmpty() ? remembered(after, limit) : older;
    }

    private List<Event> remembered(long after, int limit) {
        lock.lock();
        try {
            return recent.stream()
                    .filter(event -> event.seq() > after)
                    .limit(limit)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private List<Event> read(long after, int limit) {
        names.readLock().lock();
        try {
            List<Event> events = new ArrayList<>();
            for (Path file : archive.filesAfter(after)) {
                try (BufferedReader lines = EventArchive.read(file)) {
                    readInto(events, lines, after, limit);
                }
            }
            try (BufferedReader lines = current.linesAfter(after)) {
                readInto(events, lines, after, limit);
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read the event log after seq %d".formatted(after), e);
        } finally {
            names.readLock().unlock();
        }
    }

    private static void readInto(List<Event> events, BufferedReader lines, long after, int limit) throws IOException {
        String line = lines.readLine();
        while (line != null && events.size() < limit) {
            EventLine.readAfter(after, line).ifPresent(events::add);
            line = lines.readLine();
        }
    }

    @Override
    public void await(long after, Duration timeout) throws InterruptedException {
        lock.lock();
        try {
            long left = timeout.toNanos();
            while (lastSeq <= after && left > 0) {
                left = grown.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sync() {
        lock.lock();
        try {
            if (writtenSeq < lastSeq) {
                write();
            }
        } finally {
            lock.unlock();
        }
        // Without the lock: nobody has to wait for the disk in order to append.
        try {
            current.sync();
        } catch (ClosedChannelException _) {
            // Sealed meanwhile, which brings it to the disk.
        } catch (IOException e) {
            LOG.log(ERROR, "Could not bring %s to the disk: %s".formatted(current.path(), e));
        }
    }

    @Override
    public void close() throws IOException {
        compressing.lock();
        try {
            isClosed = true;
        } finally {
            compressing.unlock();
        }
        lock.lock();
        try {
            current.sync();
            current.close();
        } finally {
            lock.unlock();
        }
    }
}
