package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** This very process becomes another program: the pid, the children and their exit statuses stay. */
public final class OwnProcess {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int FIRST_OF_OURS = 3;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int F_SETLK = 6;
    private static final short F_WRLCK = 1;

    /** Of {@code struct flock}: the type, and from where to where, which is 0 for all of the file. */
    private static final int FLOCK_SIZE = 32;

    private static final CFunction EXECV = CFunction.of("execv");
    private static final CFunction FCNTL = CFunction.of("fcntl");

    private OwnProcess() {}

    /** What it was started with: the program, and all its arguments. */
    public static List<String> commandLine() {
        return new ProcFs(Path.of("/proc"))
                .commandLine(Math.toIntExact(ProcessHandle.current().pid()));
    }

    /**
     * Returns only where it failed, with why. The standard streams stay open. {@code kept} is a lock file
     * of ours, which stays open and locked. All else is closed, though the JDK does not mark its descriptors so by itself.
     */
    public static String become(List<String> command, Path kept) {
        try (Arena arena = Arena.ofConfined()) {
            for (int descriptor : descriptors()) {
                setFlags(descriptor, FD_CLOEXEC);
            }
            keepLock(arena, kept);
            MemorySegment program = arena.allocateFrom(command.getFirst());
            MemorySegment arguments = CFunction.strings(arena, command);
            int result = EXECV.orErrno(program.address(), arguments.address());
            return Errno.describe(-result);
        } catch (IOException | OsException e) {
            return e.toString();
        }
    }

    /**
     * One descriptor is enough: with each that is closed, by exec as well, the kernel drops our locks on the file. Hence
     * also the lock is taken again here, and what was inherited stays open until the next time.
     */
    private static void keepLock(Arena arena, Path file) throws IOException {
        List<Integer> all = new ArrayList<>();
        for (int descriptor : descriptors()) {
            if (isOf(descriptor, file)) {
                all.add(descriptor);
            }
        }
        MemorySegment lock = arena.allocate(FLOCK_SIZE, 8);
        lock.set(JAVA_SHORT, 0, F_WRLCK);
        int kept = all.removeFirst();
        setFlags(kept, 0);
        all.forEach(LibC::close);
        int result = FCNTL.orErrno(kept, F_SETLK, lock.address());
        OsException.check("lock %s again".formatted(file), result);
    }

    private static List<Integer> descriptors() throws IOException {
        try (Stream<Path> links = Files.list(DESCRIPTORS)) {
            return links.map(link -> Integer.parseInt(link.getFileName().toString()))
                    .filter(descriptor -> descriptor >= FIRST_OF_OURS)
                    .toList();
        }
    }

    private static boolean isOf(int descriptor, Path file) throws IOException {
        Path link = DESCRIPTORS.resolve(Integer.toString(descriptor));
        // The descriptor that the list was read through is gone by now.
        return Files.exists(link) && Files.exists(file) && Files.isSameFile(link, file);
    }

    private static void setFlags(int descriptor, int flags) {
        FCNTL.orErrno(descriptor, F_SETFD, flags);
    }
}
