package org.jupyterrestart.process;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which processes of a process table belong to an app. Nothing that started before the app's own process does, so a
 * reused pid brings in no stranger.
 */
final class ProcessTree {
    private final Map<Integer, ProcStat> table;
    private final ProcessIdentity root;
    private final Surroundings surroundings;

    private ProcessTree(Collection<ProcStat> table, ProcessIdentity root, Surroundings surroundings) {
        this.table = table.stream().collect(Collectors.toMap(ProcStat::pid, process -> process, (a, _) -> a));
        this.root = root;
        this.surroundings = surroundings;
    }

    /**
     * What is around the tree.
     *
     * @param self our own pid: never a member, even where an app started us, and nor is what we started
     * @param keeper the process that orphans of the tree become children of
     * @param marked whether the process carries the app's mark
     */
    record Surroundings(int self, OptionalInt keeper, Predicate<ProcStat> marked) {}

    /**
     * The live members in the order of killing: the root, then parents before their children, lest a parent replace a
     * child that was killed.
     */
    static List<ProcStat> members(Collection<ProcStat> table, ProcessIdentity root, Surroundings surroundings) {
        ProcessTree tree = new ProcessTree(table, root, surroundings);
        Map<Integer, ProcStat> members = tree.withDescendants(tree.seeds());
        return members.values().stream()
                .sorted(Comparator.comparing((ProcStat member) -> !tree.isRoot(member))
                        .thenComparingInt(member -> depth(member, members))
                        .thenComparingLong(ProcStat::startTicks)
                        .thenComparingInt(ProcStat::pid))
                .toList();
    }

    private List<ProcStat> seeds() {
        // A pid is not given out again while it names a session: a stranger with it means that the session is over.
        ProcStat holder = table.get(root.pid());
        boolean sessionIsOurs = holder == null || isRoot(holder);
        return table.values().stream()
                .filter(this::canBelong)
                .filter(process -> isRoot(process)
                        || sessionIsOurs && process.session() == root.pid()
                        || surroundings.keeper().equals(OptionalInt.of(process.parent()))
                        || surroundings.marked().test(process))
                .toList();
    }

    private Map<Integer, ProcStat> withDescendants(List<ProcStat> seeds) {
        Map<Integer, List<ProcStat>> children =
                table.values().stream().filter(this::canBelong).collect(Collectors.groupingBy(ProcStat::parent));
        Map<Integer, ProcStat> members = new LinkedHashMap<>();
        Deque<ProcStat> open = new ArrayDeque<>(seeds);
        while (!open.isEmpty()) {
            ProcStat next = open.remove();
            if (members.putIfAbsent(next.pid(), next) == null) {
                open.addAll(children.getOrDefault(next.pid(), List.of()));
            }
        }
        return members;
    }

    private boolean canBelong(ProcStat process) {
        return !process.isZombie()
                && process.startTicks() >= root.startTicks()
                && process.pid() != surroundings.self()
                && !surroundings.keeper().equals(OptionalInt.of(process.pid()));
    }

    private boolean isRoot(ProcStat process) {
        return process.pid() == root.pid() && process.startTicks() == root.startTicks();
    }

    private static int depth(ProcStat member, Map<Integer, ProcStat> members) {
        int depth = 0;
        // The table is not one moment: a pid reused while it was read could close a circle.
        for (ProcStat at = members.get(member.parent()); at != null && depth < members.size(); depth++) {
            at = members.get(at.parent());
        }
        return depth;
    }
}
