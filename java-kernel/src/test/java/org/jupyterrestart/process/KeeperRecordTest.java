package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeeperRecordTest {
    private static final Optional<ProcessIdentity> KEEPER = Optional.of(new ProcessIdentity("b-1", 10, 500));
    private static final Optional<ProcessIdentity> APP = Optional.of(new ProcessIdentity("b-1", 11, 501));

    @Test
    void aWholeLifeIsRead() {
        assertEquals(
                new KeeperRecord(
                        KEEPER,
                        APP,
                        Optional.of(new ExitStatus.Code(11)),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        true,
                        Optional.empty()),
                parse("boot b-1", "keeper 10 500", "started 11 501", "ended 11 2816", "empty 10"));
        assertEquals(
                new KeeperRecord(
                        KEEPER,
                        APP,
                        Optional.of(new ExitStatus.Signal(9)),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        false,
                        Optional.empty()),
                parse("boot b-1", "keeper 10 500", "started 11 501", "ended 11 9"));
        assertEquals(
                new KeeperRecord(
                        KEEPER,
                        APP,
                        Optional.of(new ExitStatus.Signal(11)),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        false,
                        Optional.empty()),
                parse("boot b-1", "keeper 10 500", "started 11 501", "ended 11 139")); // with a core dump
        assertEquals(
                new KeeperRecord(
                        KEEPER,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.of(2),
                        OptionalInt.empty(),
                        false,
                        Optional.empty()),
                parse("boot b-1", "keeper 10 500", "failed 2"));
    }

    @Test
    void whatIsCutOffCountsAsNotWritten() {
        KeeperRecord none = KeeperRecord.NONE;

        assertEquals(none, parse());
        assertEquals(none, parse("", "boot"));
        assertEquals(none, parse("boot b-1", "keeper 10", "started 11 5x", "ended", "failed -"));
    }

    @Test
    void aFileTellsTheMarkerUnlessThatIsTooLong() {
        String lines = KeeperRecord.firstLines("b-1", "home#app-7");

        assertEquals("boot b-1\nmarker home#app-7\n", lines);
        assertTrue(KeeperRecord.isOf("home#app-7", lines.lines()));
        assertFalse(KeeperRecord.isOf("home#app-70", lines.lines()));
        assertEquals("boot b-1\n", KeeperRecord.firstLines("b-1", "m".repeat(301)));
    }

    private static KeeperRecord parse(String... lines) {
        return KeeperRecord.parse(Stream.of(lines));
    }
}
