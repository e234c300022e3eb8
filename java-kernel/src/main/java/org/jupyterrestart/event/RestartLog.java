package org.jupyterrestart.event;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.event.RestartLogCursor.Saved;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Clock;

/**
 * Writes {@code restart.log}: follows the event log on a thread of its own from a saved cursor, so that a slow disk
 * delays no restart and a crash loses no line. Where its file can't be written it goes on in the home.
 */
public final class RestartLog implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RestartLog.class.getName());
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final int BATCH = 100;

    /** What happens within a moment is written at once, and no restart shares the processor with its log. */
    private static final Duration MOMENT = Duration.ofMillis(50);

    /** Lines that can be written nowhere, the disk being full say, are tried again after this time. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Sources sources;
    private final Path home;
    private final Supplier<Settings> settings;
    private final RestartLogLines lines;
    private final RestartLogCursor saved;

    /** Held while lines are written; guards all that is not final. */
    private final ReentrantLock writing = new ReentrantLock();

    private long cursor;
    private long savedCursor;
    private Saved writingNow;
    private boolean isClosed;

    /** Lines of events up to the cursor that are still to be written. */
    private volatile String unfinished;

    private volatile Path path;

    /** Where to write and when to rotate; asked anew for each text, so that a new config counts at once. */
    public record Settings(Path file, long maxBytes, int keep) {}

    /** What the lines are made of; {@code app} finds one by its name. */
    public record Sources(
            EventLog events, Function<String, Optional<App>> app, Supplier<Resources> resources, Clock clock) {}

    /** Knows from now on what to write; begins with {@link #start}. */
    public RestartLog(Path home, Sources sources, Supplier<Settings> settings, ZoneId zone) {
        this.home = home;
        this.sources = sources;
        this.settings = settings;
        lines = new RestartLogLines(zone);
        saved = new RestartLogCursor(home.resolve("restart-log.seq"));
        Saved last = saved.read()
                .filter(known -> known.seq() <= sources.events().lastSeq())
                .orElseGet(() -> beginning(sources.events().lastSeq()));
        cursor = last.seq();
        savedCursor = cursor;
        unfinished = last.missing();
        writingNow = last;
        path = settings.get().file();
    }

    /** Saved at once: a kill before the first line would let the next service begin behind it. */
    private Saved beginning(long seq) {
        Saved beginning = Saved.nothing(seq);
        saved.save(beginning);
        return beginning;
    }

    public void start() {
        Thread.ofVirtual().name("restart-log").start(this::follow);
    }

    /** The file that is written now. */
    public Path path() {
        return path;
    }

    private void follow() {
        try {
            long seen = writeNew();
            while (seen >= 0) {
                sources.events().await(seen, LONGEST_WAIT);
                Thread.sleep(unfinished.isEmpty() ? MOMENT : RETRY);
                seen = writeNew();
            }
        } catch (InterruptedException | RuntimeException e) {
            LOG.log(ERROR, "The restart log ends here", e);
        }
    }

    /** The seq up to which all is written; negative once it is closed. */
    long writeNew() {
        writing.lock();
        try {
            finish();
            long last = isClosed ? -1 : sources.events().lastSeq();
            while (unfinished.isEmpty() && cursor < last) {
                List<Event> batch = sources.events().since(cursor, BATCH);
                cursor = batch.isEmpty() ? last : batch.getLast().seq();
                write(batch);
            }
            return isClosed ? -1 : cursor;
        } finally {
            writing.unlock();
        }
    }

    /** What could not be written, or what the service before this one was about to write when it was killed. */
    private void finish() {
        if (!unfinished.isEmpty()) {
            write(unfinished, settings.get());
        }
    }

    private void write(List<Event> events) {
        String text = events.stream()
                .flatMap(event -> lines.of(event, () -> context(event)).stream())
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        if (!text.isEmpty()) {
            write(text, settings.get());
        } else if (cursor - savedCursor >= BATCH) {
            // Before that they are cheaper to look at again.
            save(Saved.nothing(cursor));
        }
    }

    private void write(String text, Settings now) {
        try {
            append(text, now.file(), now);
            path = now.file();
            unfinished = "";
        } catch (IOException e) {
            Path instead = home.resolve("restart.log");
            if (now.file().equals(instead)) {
                putOff(text, e);
            } else {
                writeIn(instead, text, now, e);
            }
        }
    }

    private void append(String text, Path file, Settings now) throws IOException {
        new RotatedFile(file, now.maxBytes(), now.keep()).append(text, offset -> {
            writingNow = new Saved(cursor, file.toString(), offset, text);
            save(writingNow);
        });
    }

    private void save(Saved now) {
        saved.save(now);
        savedCursor = now.seq();
    }

    private void writeIn(Path instead, String text, Settings now, IOException cause) {
        if (!path.equals(instead)) {
            path = instead;
            String what = "Could not write the restart log %s (%s): it goes on in %s. Make the first one writable."
                    .formatted(now.file(), cause, instead);
            LOG.log(WARNING, what);
            EventDraft told = new EventDraft(
                    sources.clock().now().wall(),
                    Optional.empty(),
                    EventType.NOTIFY_FAILED,
                    Optional.empty(),
                    Optional.empty(),
                    what,
                    Map.of());
            sources.events().append(told);
        }
        try {
            append(text, instead, now);
            unfinished = "";
        } catch (IOException e) {
            putOff(text, e);
        }
    }

    private void putOff(String text, IOException cause) {
        if (unfinished.isEmpty()) {
            LOG.log(
                    ERROR,
                    "Could not write %s (%s): it is tried again. Make room.".formatted(writingNow.file(), cause));
        }
        // Where it has not come to the writing, nothing of it is there.
        unfinished = writingNow.text().equals(text) ? writingNow.missing() : text;
    }

    private RestartLogLines.Context context(Event event) {
        Optional<App> app = event.app().flatMap(sources.app());
        Object life = event.data().get("life");
        boolean inPlace = life == null
                ? app.filter(it -> it.life() instanceof Life.InPlace).isPresent()
                : life.equals("in_place");
        String title = app.map(it -> it.spec().title()).or(event::app).orElse("");
        return new RestartLogLines.Context(title, inPlace, sources.resources().get());
    }

    /** Writes what is left, then ends. Nothing is interrupted: an interrupt closes a file that is being written. */
    @Override
    public void close() {
        writeNew();
        writing.lock();
        try {
            isClosed = true;
            if (unfinished.isEmpty() && savedCursor < cursor) {
                save(Saved.nothing(cursor));
            }
        } finally {
            writing.unlock();
        }
    }
}
