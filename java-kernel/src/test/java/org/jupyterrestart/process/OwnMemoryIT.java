package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.process.OwnMemory.Range;

class OwnMemoryIT {
    @Test
    void onlyWhatIsAFilesAndUnwrittenCanBeReadAgain() {
        assertEquals(
                Optional.of(new Range(0x7f3f81a35000L, 0x7f3f81a98000L)),
                Range.ofUnwritten("7f3f81a35000-7f3f81a98000 r-xp 01b12000 fe:00 9988049     /usr/lib/a b/libjvm.so"));
        assertEquals(
                Optional.of(new Range(0x7f8800000000L, 0x7f8808b33000L)),
                Range.ofUnwritten("7f8800000000-7f8808b33000 r--s 00000000 fe:00 9988050     /usr/lib/jvm/modules"));
        assertEquals(
                Optional.empty(),
                Range.ofUnwritten("800001000-800b80000 rw-p 00001000 fe:00 9988049     /cache/a.aot"));
        assertEquals(Optional.empty(), Range.ofUnwritten("7f3f81a35000-7f3f81a98000 r--p 00000000 00:00 0"));
        assertEquals(Optional.empty(), Range.ofUnwritten("7fff0000-7fff1000 r-xp 00000000 00:00 0     [vdso]"));
    }

    @Test
    void whatIsGivenBackLeavesTheProcessWorking() {
        OwnMemory.giveBack();
        assertTrue(OwnMemory.residentBytes() > 0);
        assertEquals("a-b", String.join("-", "a", "b"));
    }
}
