package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A keeper that this service has started: one app at a time runs under it. Only the loop changes it.
 */
final class Keeper {
    /** A few environments; the socket takes 200 KB. */
    private static final int MOST_AHEAD = 48 * 1024;

    /** What the kernel counts for a message besides its bytes, amply. */
    private static final int OVERHEAD = 1024;

    final ProcessIdentity identity;

    final String statusFile;

    /** Orders go in, reports come out; closed, it ends the keeper once its tree is empty. */
    final int socket;

    long token;

    private final String bootId;
    private final StringBuilder unread = new StringBuilder();
    private volatile KeeperRecord record = KeeperRecord.NONE;
    private volatile Optional<Start> pending = Optional.empty();

    /** The last that was sent and not revoked; its word after the end of its app tells whether it was carried out. */
    private Optional<Launch> standing = Optional.empty();

    /** Started by a standing order, and nobody's yet. */
    private Optional<Launch> unclaimed = Optional.empty();

    /** Bytes of standing orders that may still lie in the socket: they are read when the app has ended. */
    private int sentAhead;

    /** What it was told to start, and who wants to know what came of it. */
    record Start(Known known, Consumer<SpawnResult> onResult) {}

    /** What was found out about a launch before. */
    record Known(Launch launch, Path program) {}

    Keeper(ProcessIdentity identity, int socket, Path statusFile) {
        this.identity = identity;
        this.socket = socket;
        this.statusFile = statusFile.toString();
        bootId = identity.bootId();
    }

    /** What it has told of its latest app. */
    KeeperRecord record() {
        return record;
    }

    void expect(Start start) {
        record = KeeperRecord.NONE;
        standing = Optional.empty();
        unclaimed = Optional.empty();
        sentAhead = 0;
        pending = Optional.of(start);
    }

    /** What it was told to start and has not started yet. */
    Optional<Known> expected() {
        return pending.map(Start::known);
    }

    /** The start that was not answered yet, once. */
    Optional<Start> takePending() {
        Optional<Start> start = pending;
        pending = Optional.empty();
        return start;
    }

    /** False where its socket might take no more without a wait: words that are not read yet fill it. */
    boolean sendAhead(KeeperOrder order, Optional<Launch> meant) {
        int size = order.size() + OVERHEAD;
        if (sentAhead + size > (meant.isPresent() ? MOST_AHEAD : 2 * MOST_AHEAD) || !order.send(socket)) {
            return false;
        }
        sentAhead += size;
        standing = meant;
        return true;
    }

    boolean hasStanding() {
        return standing.isPresent();
    }

    /** Its app has ended, and a standing order was carried out. */
    Optional<Launch> startedAgain() {
        unclaimed = standing;
        standing = Optional.empty();
        sentAhead = 0;
        return unclaimed;
    }

    Optional<Launch> unclaimed() {
        return unclaimed;
    }

    /** Somebody takes charge of what runs. */
    ProcessIdentity claim() {
        unclaimed = Optional.empty();
        return record.app().orElseThrow();
    }

    /** Takes in a part of what it tells; whole lines count. */
    void read(String text) {
        unread.append(text);
        int end = unread.indexOf("\n");
        while (end >= 0) {
            record = record.with(unread.substring(0, end), bootId);
            unread.delete(0, end + 1);
            end = unread.indexOf("\n");
        }
    }
}
