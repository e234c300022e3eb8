package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    private static final Pattern UNWRITTEN = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-.[ps] \\S+ \\S+ \\S+ +/.*");

    private static final CFunction MADVISE = CFunction.of("madvise");

    /** musl has none. */
    private static final Optional<CFunction> MALLOC_TRIM = CFunction.find("malloc_trim");

    private OwnMemory() {}

    /**
     * Collects garbage, and gives back what malloc holds in reserve (where the C library is glibc) and the pages of
     * libraries and archives. Takes some tens of milliseconds, in which the service stands still. What is done right
     * after it reads pages again, so do nothing that can wait.
     */
    public static void giveBack() {
        System.gc();
        MALLOC_TRIM.ifPresent(trim -> trim.call(0));
        List<Range> mapped = mapped();
        // What is used again is read page by page: reading ahead would bring all of it back.
        mapped.forEach(range -> advise(range, MADV_RANDOM));
        pageOut(mapped);
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
        long size() {
            return end - start;
        }

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

    /**
     * All ranges in one call, where there is one (Linux 5.10) and the container allows it: between two calls the JVM
     * would read again what the first one freed. The kernel leaves those pages alone that another process has mapped or
     * that aren't our user's.
     */
    private static void pageOut(List<Range> ranges) {
        try (Arena arena = Arena.ofConfined();
                PidFd own = PidFd.ownProcess()) {
            MemorySegment vectors = arena.allocate(JAVA_LONG, 2L * ranges.size());
            for (int i = 0; i < ranges.size(); i++) {
                vectors.setAtIndex(JAVA_LONG, 2L * i, ranges.get(i).start());
                vectors.setAtIndex(JAVA_LONG, 2L * i + 1, ranges.get(i).size());
            }
            if (LibC.processMadvise(own.descriptor(), vectors, ranges.size(), MADV_PAGEOUT) < 0) {
                ranges.forEach(range -> advise(range, MADV_PAGEOUT));
            }
        }
    }

    /** Its result does not matter: kernels before 5.4 don't know to page out, and nothing is lost by that. */
    private static void advise(Range range, int advice) {
        MADVISE.call(range.start(), range.size(), advice);
    }
}
