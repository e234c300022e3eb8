package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A keeper that this service has started: one app at a time runs under it. Only the loop changes it.
 */
final class Keeper {
    final ProcessIdentity identity;

    final String statusFile;

    /** Orders go in, reports come out; closed, it ends the keeper once its tree is empty. */
    final int socket;

    long token;

    private final String bootId;
    private final StringBuilder unread = new StringBuilder();
    private volatile KeeperRecord record = KeeperRecord.NONE;
    private volatile Optional<Start> pending = Optional.empty();

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
