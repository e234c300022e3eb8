package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Keepers whose service is gone. One that got its order with the last breath of its service, and has not carried it out
 * yet, shows nothing of the app that it is about to start: whoever looks for what runs must wait for it.
 */
final class LeftKeepers {
    /** The rest of one system call; a keeper that takes longer was stopped by someone. */
    private static final int PATIENCE_MS = 1000;

    private final ProcFs procFs;
    private final Path folder;
    private final Predicate<ProcStat> isFollowed;

    /** Keepers of this home are executed from {@code folder}; {@code isFollowed} knows those that hear us. */
    LeftKeepers(ProcFs procFs, Path folder, Predicate<ProcStat> isFollowed) {
        this.procFs = procFs;
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

    /** Returns when each has an app, or is gone. */
    void awaitDecided() {
        for (int attempt = 0; attempt < PATIENCE_MS && isAnyUndecided(); attempt++) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean isAnyUndecided() {
        List<ProcStat> all = procFs.processes();
        // Between its clone and its exec, the child is a keeper by name itself.
        Set<Integer> parentsOfApps = all.stream()
                .filter(process -> !KeeperProgram.isKeeper(process))
                .map(ProcStat::parent)
                .collect(Collectors.toSet());
        return all.stream()
                .filter(process -> KeeperProgram.isKeeper(process) && !process.isZombie() && !isFollowed.test(process))
                .anyMatch(keeper -> !parentsOfApps.contains(keeper.pid()) && isOurs(keeper));
    }

    private boolean isOurs(ProcStat keeper) {
        return procFs.program(keeper.pid()).map(Path::getParent).equals(Optional.of(folder));
    }
}
