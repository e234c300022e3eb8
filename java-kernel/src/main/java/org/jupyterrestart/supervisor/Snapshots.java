package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Now;

/**
 * Snapshots, made on the loop thread when something has changed or a second has passed: until then any thread is given
 * the last one, the very same object.
 */
final class Snapshots {
    private final Ports ports;
    private final Apps apps;
    private final Watches watches;
    private volatile Optional<Taken> last = Optional.empty();
    private volatile CompletableFuture<Void> measured = CompletableFuture.completedFuture(null);

    Snapshots(Ports ports, Apps apps, Watches watches) {
        this.ports = ports;
        this.apps = apps;
        this.watches = watches;
    }

    /** Who knows more of an app than its state. */
    record Watches(
            MemoryWatch memory, WorkWatch work, QueueWatch queues, MachineEnd machineEnd, LostOutput lostOutput) {}

    /** @param second of the wall clock: what is told in seconds is right until the next */
    private record Taken(Snapshot snapshot, Version version, long second) {}

    /** Of all that a snapshot tells. */
    private record Version(long seq, long apps, long memory, long work, long queues, long lostOutput) {}

    /** Empty when a new one is to be taken. */
    Optional<Snapshot> current() {
        Version version = version();
        long second = second(ports.clock().now());
        return last.filter(taken -> taken.version().equals(version) && taken.second() == second)
                .map(Taken::snapshot);
    }

    /** On the loop thread. */
    Snapshot take() {
        measured =
                CompletableFuture.allOf(watches.memory().look(), watches.work().look());
        Now now = ports.clock().now();
        Version version = version();
        Snapshot snapshot = new Snapshot(
                version.seq(), apps.all().stream().map(app -> view(app, now)).toList());
        last = Optional.of(new Taken(snapshot, version, second(now)));
        return snapshot;
    }

    /** Done when what is measured only while someone looks is of now, not of the one who looked before. */
    CompletableFuture<Void> measured() {
        return measured;
    }

    /** On the loop thread; what was seen by whoever looked just now. */
    Optional<String> busyWith(App app) {
        return watches.work().of(app);
    }

    private AppView view(App app, Now now) {
        Views.Seen seen = new Views.Seen(
                watches.memory().of(app),
                watches.memory().gpuOf(app),
                watches.work().of(app),
                notes(app));
        return Views.app(app, seen, now);
    }

    private List<Note> notes(App app) {
        return Stream.of(
                        watches.machineEnd().note(app).stream(),
                        watches.lostOutput().of(app).stream(),
                        watches.memory().note(app).stream(),
                        watches.queues().notes(app).stream())
                .flatMap(notes -> notes)
                .toList();
    }

    private Version version() {
        return new Version(
                ports.events().lastSeq(),
                apps.version(),
                watches.memory().version(),
                watches.work().version(),
                watches.queues().version(),
                watches.lostOutput().version());
    }

    private static long second(Now now) {
        return now.wall().getEpochSecond();
    }
}
