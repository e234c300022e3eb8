package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Keepers whose service is gone. One that got its order with the last breath of its service, and has not carried it out
 * yet, shows nothing of the app that it is about to start, and one that has just started it has not told so yet: whoever
 * looks for what runs must wait for them.
 */
final class LeftKeepers {
    /** A few system calls, one of which may wait for a disk; a keeper that takes longer was stopped by someone. */
    private static final int PATIENCE_MS = 3000;

    private final ProcFs procFs;
    private final Path folder;
    private final String bootId;
    private final Keepers keepers;
    private final Predicate<ProcStat> isFollowed;

    /** Keepers of this home are executed from {@code folder}; {@code isFollowed} knows those that hear us. */
    LeftKeepers(ProcFs procFs, Path folder, String bootId, Keepers keepers, Predicate<ProcStat> isFollowed) {
        this.procFs = procFs;
        this.bootId = bootId;
        this.keepers = keepers;
        this.isFollowed = isFollowed;
        this.folder = real(folder);
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException _) {
            return folder; // there is none, and so no keeper from it
        }
    }

    /** Returns when each has told of its app, or is gone. */
    void awaitDecided() {
        for (int attempt = 0; attempt < PATIENCE_MS && isAnyUndecided(); attempt++) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean isAnyUndecided() {
        return procFs.processes().stream()
                .filter(process -> KeeperProgram.isKeeper(process) && !process.isZombie() && !isFollowed.test(process))
                .anyMatch(keeper -> !hasTold(keeper) && isOurs(keeper));
    }

    /** Of the app that it keeps now, or why there is none: what it told of an earlier one ended with an empty tree. */
    private boolean hasTold(ProcStat keeper) {
        return keepers.recordOfKeeper(new ProcessIdentity(bootId, keeper.pid(), keeper.startTicks()))
                .filter(record -> !record.isTreeEmpty())
                .isPresent();
    }

    private boolean isOurs(ProcStat keeper) {
        return procFs.program(keeper.pid()).map(Path::getParent).equals(Optional.of(folder));
    }
}
