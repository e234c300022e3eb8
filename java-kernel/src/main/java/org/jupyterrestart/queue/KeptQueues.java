package org.jupyterrestart.queue;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Work;

/** The queues of all ComfyUIs, kept from outside where our node is not in them. Any thread may call. */
public final class KeptQueues {
    private static final System.Logger LOG = System.getLogger(KeptQueues.class.getName());
    private static final Duration EVERY = Duration.ofSeconds(1);

    /** Nothing changes while one program runs; another one is looked at when it is there. */
    private static final Duration WITH_NODE = Duration.ofMinutes(1);

    /** So that a look at a queue of hundreds of megabytes takes a small part of the time. */
    private static final int SHARE = 20;

    /** What is in a queue ends, and what is owed is put back piece by piece, or when tabs had the time to connect. */
    private static final Duration CLOSELY = Duration.ofMillis(250);

    private static final Duration SELDOM = Duration.ofSeconds(10);

    /** Away, it changes by its start alone, and by orders. */
    private static final Duration AWAY = Duration.ofHours(1);

    private final Path folder;
    private final LongSupplier nanos;
    private final Map<String, Slot> slots = new ConcurrentHashMap<>();

    /**
     * @param folder where they are kept, one folder for each app
     * @param nanos a monotonic clock
     */
    public KeptQueues(Path folder, LongSupplier nanos) {
        this.folder = folder;
        this.nanos = nanos;
    }

    /** Tells one run of ComfyUI from the next. */
    @FunctionalInterface
    public interface Runs {
        /** @throws IOException where that can't be seen */
        String current() throws IOException;
    }

    /**
     * One ComfyUI.
     *
     * @param url without a path
     * @param instance another one for each program that the service knows of
     */
    public record Subject(String app, String url, String instance, Runs runs) {}

    /** Writes down what is new, and takes what waits out of the queue; idle when nothing runs any more. */
    public Work hold(Subject subject, boolean isInterrupting, boolean isUsersStop) throws IOException {
        return with(subject, kept -> kept.keeper().hold(isInterrupting, isUsersStop));
    }

    /** Its node holds the queue, but could not write all of it down: what the node does not put back is put back here. */
    public Work writeDown(Subject subject, boolean isUsersStop) throws IOException {
        return with(subject, kept -> kept.keeper().writeDown(isUsersStop));
    }

    /** Idle when what is owed is back. */
    public Work restore(Subject subject) throws IOException {
        return with(subject, kept -> kept.keeper().restore());
    }

    /** Likewise, where our node keeps the queue by now. */
    public Work restoreOwed(Subject subject) throws IOException {
        return with(
                subject,
                kept -> kept.keeper().isEmpty() ? Work.NONE : kept.keeper().restore());
    }

    /** Prompts that are kept outside of its queue: by its node, and by the service. */
    public List<KeptPrompt> kept(Subject subject) throws IOException {
        return with(
                subject,
                it -> Stream.concat(it.node().kept().stream(), it.keeper().kept().stream())
                        .toList());
    }

    /** Kept prompts with these ids are put back; others are passed over. */
    public HandledPrompts sendAgain(Subject subject, Set<String> ids) throws IOException {
        return with(subject, it -> it.node().sendAgain(ids).and(it.sendAgain(ids)));
    }

    /** Kept prompts with these ids are forgotten. */
    public HandledPrompts discard(Subject subject, Set<String> ids) throws IOException {
        return with(subject, it -> it.node().discard(ids).and(it.keeper().discard(ids)));
    }

    /** To be called once it has ended, and after orders meanwhile. */
    public Keeping keepLeft(Subject subject) {
        try {
            return with(subject, Kept::keepLeft);
        } catch (IOException e) {
            LOG.log(DEBUG, "What the queue of %s has left can't be looked at".formatted(subject.app()), e);
            return Keeping.idle(AWAY);
        }
    }

    /** To be called again and again while it runs; one that does not answer is looked at next time. */
    public Keeping keep(Subject subject) {
        try {
            return with(subject, Kept::keep);
        } catch (IOException e) {
            LOG.log(DEBUG, "The queue of %s can't be looked at".formatted(subject.app()), e);
            return Keeping.idle(EVERY);
        }
    }

    /** What is done with a queue by one at a time. */
    private interface Use<T> {
        T of(Kept kept) throws IOException;
    }

    private <T> T with(Subject subject, Use<T> use) throws IOException {
        Slot slot = slots.computeIfAbsent(subject.app(), _ -> new Slot());
        slot.turn.lock();
        try {
            if (slot.kept.filter(kept -> kept.isOf(subject)).isEmpty()) {
                slot.kept = Optional.of(new Kept(subject));
            }
            return use.of(slot.kept.get());
        } finally {
            slot.turn.unlock();
        }
    }

    /** Where an app's queue is kept. */
    private static final class Slot {
        /** Guards the other field, and all that is in it. */
        private final Lock turn = new ReentrantLock();

        private Optional<Kept> kept = Optional.empty();
    }

    /** The queue of one program. */
    private final class Kept {
        private final Subject subject;
        private final ComfyUiServer server;
        private final QueueFiles files;
        private final QueueKeeper keeper;
        private final NodeWatch nodes;
        private final NodePrompts node;
        private Optional<Boolean> hasNode = Optional.empty();

        Kept(Subject subject) throws IOException {
            this.subject = subject;
            server = new ComfyUiServer(subject.url());
            files = new QueueFiles(folder.resolve(subject.app()));
            TempFiles temp = new TempFiles(new TempFolder(subject.url()), files, nanos);
            keeper = new QueueKeeper(server, subject.runs(), files, temp, nanos);
            nodes = new NodeWatch(server, subject.runs(), files, nanos);
            node = new NodePrompts(new NodeServer(subject.url()), files);
        }

        boolean isOf(Subject other) {
            return subject.url().equals(other.url()) && subject.instance().equals(other.instance());
        }

        QueueKeeper keeper() {
            return keeper;
        }

        NodePrompts node() {
            return node;
        }

        Keeping keep() throws IOException {
            if (hasNode.isEmpty()) {
                hasNode = Optional.of(server.hasNode());
            }
            Optional<Note> unwritten = hasNode.get() ? node.look() : Optional.empty();
            boolean isNodeWhole = hasNode.get() && unwritten.isEmpty();
            boolean isLeftToNode = isNodeWhole && keeper.isEmpty();
            if (!isLeftToNode) {
                keeper.keep();
            }
            if (isNodeWhole && !keeper.isOwing()) {
                keeper.giveUp();
            }
            List<News> news = new ArrayList<>(keeper.news());
            if (!keeper.isOwing()) {
                news.addAll(nodes.look(hasNode.get()));
            }
            boolean isAllKnown = isLeftToNode && nodes.isKnown();
            return new Keeping(news, notes(unwritten), isAllKnown ? WITH_NODE : next());
        }

        Keeping keepLeft() throws IOException {
            int due = keeper.settle();
            NodeJournal.Left left = node.left();
            int kept = left.kept().size() + keeper.kept().size();
            List<Note> notes = Stream.of(QueueNotes.kept(kept), QueueNotes.due(due + left.due(), subject.app()))
                    .flatMap(Optional::stream)
                    .toList();
            return new Keeping(keeper.news(), notes, AWAY);
        }

        /** Where it is in, the node has them from then on. */
        HandledPrompts sendAgain(Set<String> ids) throws IOException {
            HandledPrompts handled = keeper.sendAgain(ids);
            if (hasNode.orElse(false) && !keeper.isOwing()) {
                keeper.giveUp();
            }
            return handled;
        }

        private Duration next() {
            if (keeper.isOwing()) {
                return CLOSELY;
            }
            Duration share = keeper.cost().multipliedBy(SHARE);
            Duration most = share.compareTo(SELDOM) < 0 ? share : SELDOM;
            Duration least = keeper.isEmpty() ? EVERY : CLOSELY;
            return most.compareTo(least) > 0 ? most : least;
        }

        private List<Note> notes(Optional<Note> unwritten) throws IOException {
            List<Note> notes = new ArrayList<>();
            if (!hasNode.orElse(true)) {
                notes.add(QueueNotes.WITHOUT_NODE);
            }
            unwritten.ifPresent(notes::add);
            QueueNotes.tempUnkept(keeper.unkeptTemp()).ifPresent(notes::add);
            nodes.note(subject.app()).ifPresent(notes::add);
            QueueNotes.kept(node.kept().size() + keeper.kept().size()).ifPresent(notes::add);
            return notes;
        }
    }
}
