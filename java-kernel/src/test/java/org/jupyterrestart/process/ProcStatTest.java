package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.Seeds;

class ProcStatTest {
    private static final String REST = " -1 4194304 95 0 0 0 7 3 0 0 20 0 %d 0 %d 2703360 %d 18446744073709551615 1 1";

    @Test
    void readsALineOfTheKernel() {
        String line = "4711 (python3) S 1 4711 4700 0" + REST.formatted(12, 987_654_321L, 450L) + "\n";

        assertEquals(new ProcStat(4711, "python3", 'S', 1, 4700, 12, 987_654_321L, 450), ProcStat.parse(line));
    }

    @Test
    void aNameMayHoldAnything() {
        Seeds.forAll(2_000, random -> {
            ProcStat process = new ProcStat(
                    random.nextInt(1, 4_194_304),
                    name(random),
                    "RSDZTtXI".charAt(random.nextInt(8)),
                    random.nextInt(4_194_304),
                    random.nextInt(4_194_304),
                    random.nextInt(1, 1000),
                    random.nextLong(Long.MAX_VALUE),
                    random.nextLong(Long.MAX_VALUE));
            assertEquals(process, ProcStat.parse(line(process)));
        });
    }

    @Test
    void whatIsNoSuchLineIsABug() {
        for (String line : List.of("", "1", "1 (a", "1 a)", ") (", "1 (a) S 1", "1 (a) S")) {
            assertThrows(IllegalArgumentException.class, () -> ProcStat.parse(line), line);
        }
    }

    @Test
    void anExecIsGoingOnUntilTheEnvironmentIsThere() {
        String stat =
                "4711 (sh) R 1 4711 4700 0 -1 4194304 95 0 0 0 7 3 0 0 20 0 1 0 987654321 %s %s 18446744073709551615"
                        + " %s 0 %s 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 %s 0\n";
        assertEquals(
                List.of(
                        ProcStat.Exec.GOING_ON,
                        ProcStat.Exec.OVER,
                        ProcStat.Exec.OVER,
                        ProcStat.Exec.HIDDEN,
                        ProcStat.Exec.OVER),
                List.of(
                        ProcStat.stageOfExec(
                                stat.formatted("135168", "0", "0", "0", "140729801326160 0 140729801326169 0")),
                        ProcStat.stageOfExec(stat.formatted(
                                "2703360",
                                "0",
                                "4194304",
                                "140729801326160",
                                "140729801326160 140729801326169 140729801326169 140729801326200")),
                        ProcStat.stageOfExec(stat.formatted("0", "0", "0", "0", "0 0 0 0")),
                        ProcStat.stageOfExec(stat.formatted("2703360", "450", "1", "0", "0 0 0 0")),
                        ProcStat.stageOfExec("4711 (sh) R 1 4711 4700 0 -1 4194304 95")));
    }

    @Test
    void aProcessWhoseFirstThreadAloneHasEndedIsNoZombie() {
        assertEquals(
                List.of(true, false, true, false),
                List.of(
                        in('Z', 1).isZombie(),
                        in('Z', 2).isZombie(),
                        in('X', 1).isZombie(),
                        in('D', 1).isZombie()));
    }

    @Test
    void uninterruptibleSleepIsNamed() {
        assertEquals("app (pid 9, in uninterruptible sleep)", in('D', 1).describe());
        assertEquals("app (pid 9)", in('S', 1).describe());
    }

    private static ProcStat in(char state, int threads) {
        return new ProcStat(9, "app", state, 1, 9, threads, 100, 0);
    }

    private static String line(ProcStat process) {
        return "%d (%s) %c %d 0 %d 0"
                        .formatted(process.pid(), process.name(), process.state(), process.parent(), process.session())
                + REST.formatted(process.threads(), process.startTicks(), process.residentPages());
    }

    /** Made of what makes parsing hard. */
    private static String name(RandomGenerator random) {
        StringBuilder name = new StringBuilder();
        for (int length = random.nextInt(16); length > 0; length--) {
            name.append("() \n)a1SZ-(".charAt(random.nextInt(11)));
        }
        return name.toString();
    }
}
