package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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
    void anEnvironmentIsComingUntilItsEndIsKnown() {
        Map<String, ProcStat.Environment> expected = Map.of(
                stat(135_168, 0, 0, "140729801326160 0 0 0"),
                ProcStat.Environment.COMING,
                stat(569_344, 32, 0, "1601 1690 1690 1690"),
                ProcStat.Environment.COMING,
                stat(2_703_360, 450, 4_194_304, "1601 1690 1690 2000"),
                ProcStat.Environment.THERE,
                stat(172_032, 3, 4_194_304, "1601 1690 1690 1690"),
                ProcStat.Environment.NONE,
                stat(0, 0, 0, "0 0 0 0"),
                ProcStat.Environment.NONE,
                stat(2_703_360, 450, 1, "0 0 0 0"),
                ProcStat.Environment.HIDDEN,
                "4711 (sh) R 1 4711 4700 0 -1 4194304 95",
                ProcStat.Environment.NONE);

        assertEquals(
                expected, expected.keySet().stream().collect(Collectors.toMap(line -> line, ProcStat::environment)));
    }

    /** {@code ends} are of the arguments and of the environment. */
    private static String stat(long virtualBytes, long residentPages, long code, String ends) {
        return ("4711 (sh) R 1 4711 4700 0 -1 4194304 95 0 0 0 7 3 0 0 20 0 1 0 987654321 %d %d 18446744073709551615 %d 0"
                        + " 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 %s 0\n")
                .formatted(virtualBytes, residentPages, code, ends);
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
