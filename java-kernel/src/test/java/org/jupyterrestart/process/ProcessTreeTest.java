package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.process.ProcessTree.Surroundings;

class ProcessTreeTest {
    private static final int SELF = 50;
    private static final int KEEPER = 99;
    private static final ProcessIdentity ROOT = new ProcessIdentity("boot", 100, 1000);
    private static final Surroundings ALONE = new Surroundings(SELF, OptionalInt.empty(), _ -> false);
    private static final ProcStat INIT = process(1, 0, 1, 1);
    private static final ProcStat APP = process(100, 1, 100, 1000);

    @Test
    void descendantsInOtherSessionsBelong() {
        ProcStat child = process(101, 100, 101, 1001);
        ProcStat grandchild = process(102, 101, 102, 1002);

        assertEquals(
                List.of(APP, child, grandchild),
                ProcessTree.members(List.of(grandchild, child, APP, INIT), ROOT, ALONE));
    }

    @Test
    void orphansAreFoundBySessionMarkAndKeeper() {
        ProcStat bySession = process(101, 1, 100, 1001);
        ProcStat byMark = process(102, 1, 102, 1002);
        ProcStat byKeeper = process(103, KEEPER, 103, 1003);
        ProcStat stranger = process(104, 1, 104, 1004);
        ProcStat keeper = process(KEEPER, SELF, KEEPER, 1000);
        Surroundings all = new Surroundings(SELF, OptionalInt.of(KEEPER), process -> process.pid() == 102);

        assertEquals(
                List.of(bySession, byMark, byKeeper),
                ProcessTree.members(List.of(INIT, keeper, bySession, byMark, byKeeper, stranger), ROOT, all));
    }

    @Test
    void parentsComeBeforeTheirChildrenWhateverTheirPids() {
        ProcStat child = process(300, 100, 100, 1001);
        ProcStat grandchild = process(200, 300, 100, 1002);

        assertEquals(
                List.of(APP, child, grandchild), ProcessTree.members(List.of(grandchild, child, APP), ROOT, ALONE));
    }

    @Test
    void aStrangerWithTheRootsPidBringsInNobody() {
        ProcStat stranger = process(100, 1, 100, 2000);
        ProcStat itsChild = process(101, 100, 100, 2001);

        assertEquals(List.of(), ProcessTree.members(List.of(INIT, stranger, itsChild), ROOT, ALONE));
    }

    @Test
    void whatStartedBeforeTheRootAndZombiesDoNotBelong() {
        ProcStat older = process(101, 100, 100, 999);
        ProcStat zombie = new ProcStat(102, "app", 'Z', 100, 100, 1, 1001, 0);

        assertEquals(List.of(APP), ProcessTree.members(List.of(APP, older, zombie), ROOT, ALONE));
    }

    @Test
    void aServiceThatTheAppStartedAndWhatThatStartedAreSpared() {
        ProcStat service = process(SELF, 100, SELF, 1001);
        ProcStat otherApp = process(102, SELF, 102, 1002);

        assertEquals(List.of(APP), ProcessTree.members(List.of(APP, service, otherApp), ROOT, ALONE));
    }

    @Test
    void aCircleInATornTableEnds() {
        ProcStat one = process(101, 102, 100, 1001);
        ProcStat other = process(102, 101, 100, 1001);

        assertEquals(
                Set.of(APP, one, other), new HashSet<>(ProcessTree.members(List.of(APP, one, other), ROOT, ALONE)));
    }

    @Test
    void inAnyTableParentsComeFirstAndNobodyOlderOrOursIsIn() {
        Seeds.forAll(2_000, random -> {
            List<ProcStat> table = randomTable(random);
            Surroundings around = new Surroundings(SELF, OptionalInt.of(KEEPER), process -> process.pid() % 7 == 0);

            List<ProcStat> members = ProcessTree.members(table, ROOT, around);

            for (int i = 0; i < members.size(); i++) {
                ProcStat member = members.get(i);
                assertTrue(member.startTicks() >= ROOT.startTicks() && member.pid() != SELF && member.pid() != KEEPER);
                assertTrue(members.subList(i + 1, members.size()).stream()
                        .noneMatch(later -> later.pid() == member.parent()));
            }
        });
    }

    /** A forest: each parent is listed, and started, before its children. */
    private static List<ProcStat> randomTable(RandomGenerator random) {
        List<ProcStat> table =
                new ArrayList<>(List.of(INIT, process(SELF, 1, SELF, 900), process(KEEPER, 1, 99, 1000)));
        if (random.nextBoolean()) {
            table.add(process(100, KEEPER, 100, 1000));
        }
        Stream.iterate(101, pid -> pid + 1).limit(random.nextInt(40)).forEach(pid -> {
            ProcStat parent = table.get(random.nextInt(table.size()));
            int session = random.nextBoolean() ? pid : parent.session();
            table.add(process(pid, parent.pid(), session, 950 + pid));
        });
        return table;
    }

    private static ProcStat process(int pid, int parent, int session, long startTicks) {
        return new ProcStat(pid, "app", 'S', parent, session, 1, startTicks, 0);
    }
}
