package org.jupyterrestart.process;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;

/**
 * The trees of apps under a keeper, without a look at any other process: while the keeper lives, whatever the app
 * started and left behind descends from it, and its last word is that nothing does.
 */
final class KeptTrees {
    private static final int ATTEMPTS = 10;
    private static final long PAUSE_NANOS = 100_000;

    private final int self;
    private final ProcFs procFs;
    private final String bootId;
    private final Keepers keepers;

    /** {@code self} is our own pid, which is in no tree. */
    KeptTrees(int self, ProcFs procFs, String bootId, Keepers keepers) {
        this.self = self;
        this.procFs = procFs;
        this.bootId = bootId;
        this.keepers = keepers;
    }

    /** In the order of killing; empty where no keeper can answer for it. */
    Optional<List<ProcStat>> members(ProcessIdentity app) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<KeeperRecord> record = keepers.recordOf(app);
            if (record.isEmpty() || record.get().isTreeEmpty()) {
                return record.map(_ -> List.of());
            }
            List<ProcStat> members =
                    record.get().keeper().map(keeper -> below(app, keeper)).orElse(List.of());
            if (!members.isEmpty()) {
                return Optional.of(members);
            }
            // The last one has ended, and the keeper is about to say so; or someone has killed it.
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return Optional.empty();
    }

    /** None as well when the keeper is gone, whose pid may be a stranger's. */
    private List<ProcStat> below(ProcessIdentity app, ProcessIdentity keeper) {
        List<ProcStat> found = new ArrayList<>();
        Deque<Integer> open = new ArrayDeque<>(procFs.childrenOfSingle(keeper.pid()));
        while (!open.isEmpty()) {
            procFs.stat(open.remove()).ifPresent(process -> {
                found.add(process);
                open.addAll(procFs.children(process));
            });
        }
        // Asked last: what was read is of this keeper only if it still has its pid.
        boolean isKeeperAlive =
                procFs.stat(keeper.pid()).filter(process -> is(process, keeper)).isPresent();
        if (!isKeeperAlive || isOnly(app, found)) {
            return isKeeperAlive ? found : List.of();
        }
        var surroundings = new ProcessTree.Surroundings(self, OptionalInt.of(keeper.pid()), _ -> false);
        return ProcessTree.members(found, app, surroundings);
    }

    /** Most apps are one process, and nothing is to be sorted. */
    private boolean isOnly(ProcessIdentity app, List<ProcStat> found) {
        return found.size() == 1 && !found.getFirst().isZombie() && is(found.getFirst(), app);
    }

    private boolean is(ProcStat process, ProcessIdentity identity) {
        return identity.equals(new ProcessIdentity(bootId, process.pid(), process.startTicks()));
    }
}
