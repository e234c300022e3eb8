package org.jupyterrestart.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The memory of this very process: what it does not need, or can read again from its files, goes back to the machine. */
public final class OwnMemory {
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path STATUS = Path.of("/proc/self/statm");
    private static final int MADV_RANDOM = 1;
    private static final int MADV_PAGEOUT = 21;
    private static final int PAGE = 4096;

    /** Of a file, and read only: pages that we have written to could go nowhere but to the swap. */
    private static final Pattern UNWRITTEN = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-.p \\S+ \\S+ \\S+ +/.*");

    private static final CFunction MADVISE = CFunction.of("madvise");

    /** musl has none. */
    private static final Optional<CFunction> MALLOC_TRIM = CFunction.find("malloc_trim");

    private OwnMemory() {}

    /**
     * Collects garbage, and gives back what malloc holds in reserve (where the C library is glibc) and the pages of
     * libraries and archives. Takes some tens of milliseconds, in which the service stands still. Pages that are used
     * again are read again; the kernel leaves those alone that another process has mapped or that aren't our user's.
     */
    public static void giveBack() {
        System.gc();
        MALLOC_TRIM.ifPresent(trim -> trim.call(0));
        mapped().forEach(OwnMemory::pageOut);
    }

    /** Bytes in memory, pages shared with other processes included. */
    public static long residentBytes() {
        try {
            return Long.parseLong(Files.readString(STATUS).split(" ", -1)[1]) * PAGE;
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + STATUS, e);
        }
    }

    /** A range of addresses, the end not included. */
    record Range(long start, long end) {
        static Optional<Range> ofUnwritten(String line) {
            Matcher matcher = UNWRITTEN.matcher(line);
            return matcher.matches()
                    ? Optional.of(new Range(
                            Long.parseUnsignedLong(matcher.group(1), 16), Long.parseUnsignedLong(matcher.group(2), 16)))
                    : Optional.empty();
        }
    }

    private static List<Range> mapped() {
        try {
            return Files.readAllLines(MAPS).stream()
                    .flatMap(line -> Range.ofUnwritten(line).stream())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + MAPS, e);
        }
    }

    private static void pageOut(Range range) {
        // What is used again is read page by page: reading ahead would bring all of it back.
        advise(range, MADV_RANDOM);
        advise(range, MADV_PAGEOUT);
    }

    /** Its result does not matter: kernels before 5.4 don't know to page out, and nothing is lost by that. */
    private static void advise(Range range, int advice) {
        MADVISE.call(range.start(), range.end() - range.start(), advice);
    }
}
