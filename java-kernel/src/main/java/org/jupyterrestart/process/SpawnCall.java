package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.jupyterrestart.process.FfmSupport.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One {@code posix_spawn}: own session, empty signal mask, default dispositions (Java threads block SIGQUIT), standard
 * input from {@code /dev/null}, output appended to a file, and no descriptor above those: the JDK's own are not
 * close-on-exec, so a child would hold our listening socket.
 *
 * @param program absolute path
 * @param report a descriptor that the child gets as number {@link #REPORT}
 */
record SpawnCall(
        Path program,
        List<String> arguments,
        Map<String, String> environment,
        Path directory,
        Path output,
        OptionalInt report) {
    static final int REPORT = 3;

    private static final short SETSIGDEF = 0x04;
    private static final short SETSIGMASK = 0x08;
    private static final short SETSID = 0x80;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY_CREAT_APPEND = 0x1 | 0x40 | 0x400;
    private static final int OWNER_ONLY = 0600;

    /** Sizes with room to spare: glibc has 336, 80 and 128 bytes, musl 336, 80 and 128. */
    private static final int ATTRIBUTES_SIZE = 512;

    private static final int ACTIONS_SIZE = 128;
    private static final int SIGNAL_SET_SIZE = 128;

    private static final FunctionDescriptor POINTER_ARGUMENT = FunctionDescriptor.of(JAVA_INT, POINTER);
    private static final FunctionDescriptor TWO_POINTERS = FunctionDescriptor.of(JAVA_INT, POINTER, POINTER);
    private static final MethodHandle SIGFILLSET = FfmSupport.link("sigfillset", POINTER_ARGUMENT);
    private static final MethodHandle ATTR_INIT = FfmSupport.link("posix_spawnattr_init", POINTER_ARGUMENT);
    private static final MethodHandle ATTR_DESTROY = FfmSupport.link("posix_spawnattr_destroy", POINTER_ARGUMENT);
    private static final MethodHandle ATTR_SETFLAGS =
            FfmSupport.link("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_SHORT));
    private static final MethodHandle ATTR_SETSIGMASK = FfmSupport.link("posix_spawnattr_setsigmask", TWO_POINTERS);
    private static final MethodHandle ATTR_SETSIGDEFAULT =
            FfmSupport.link("posix_spawnattr_setsigdefault", TWO_POINTERS);
    private static final MethodHandle ACTIONS_INIT = FfmSupport.link("posix_spawn_file_actions_init", POINTER_ARGUMENT);
    private static final MethodHandle ACTIONS_DESTROY =
            FfmSupport.link("posix_spawn_file_actions_destroy", POINTER_ARGUMENT);
    private static final MethodHandle ADD_OPEN = FfmSupport.link(
            "posix_spawn_file_actions_addopen",
            FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_INT, POINTER, JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD_DUP2 = FfmSupport.link(
            "posix_spawn_file_actions_adddup2", FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD_CHDIR = FfmSupport.link("posix_spawn_file_actions_addchdir_np", TWO_POINTERS);
    private static final MethodHandle POSIX_SPAWN = FfmSupport.link(
            "posix_spawn", FunctionDescriptor.of(JAVA_INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER));

    /** The pid of the new process, or {@code -errno}: of the exec, or of anything before it. */
    int run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_SIZE, 16);
            MemorySegment actions = arena.allocate(ACTIONS_SIZE, 16);
            MemorySegment pid = arena.allocate(JAVA_INT);
            must(() -> (int) ATTR_INIT.invokeExact(attributes));
            must(() -> (int) ACTIONS_INIT.invokeExact(actions));
            try {
                setAttributes(arena, attributes);
                addActions(arena, actions);
                MemorySegment path = arena.allocateFrom(program.toString());
                MemorySegment argv = FfmSupport.strings(arena, arguments);
                MemorySegment envp = FfmSupport.strings(
                        arena,
                        environment.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .toList());
                int errno = FfmSupport.plain(
                        () -> (int) POSIX_SPAWN.invokeExact(pid, path, actions, attributes, argv, envp));
                return errno == 0 ? pid.get(JAVA_INT, 0) : -errno;
            } finally {
                must(() -> (int) ACTIONS_DESTROY.invokeExact(actions));
                must(() -> (int) ATTR_DESTROY.invokeExact(attributes));
            }
        }
    }

    private static void setAttributes(Arena arena, MemorySegment attributes) {
        MemorySegment none = arena.allocate(SIGNAL_SET_SIZE, 16);
        MemorySegment all = arena.allocate(SIGNAL_SET_SIZE, 16);
        must(() -> (int) SIGFILLSET.invokeExact(all));
        must(() -> (int) ATTR_SETFLAGS.invokeExact(attributes, (short) (SETSID | SETSIGMASK | SETSIGDEF)));
        must(() -> (int) ATTR_SETSIGMASK.invokeExact(attributes, none));
        must(() -> (int) ATTR_SETSIGDEFAULT.invokeExact(attributes, all));
    }

    private void addActions(Arena arena, MemorySegment actions) {
        MemorySegment nothing = arena.allocateFrom("/dev/null");
        MemorySegment log = arena.allocateFrom(output.toString());
        MemorySegment folder = arena.allocateFrom(directory.toString());
        must(() -> (int) ADD_OPEN.invokeExact(actions, 0, nothing, O_RDONLY, 0));
        must(() -> (int) ADD_OPEN.invokeExact(actions, 1, log, O_WRONLY_CREAT_APPEND, OWNER_ONLY));
        must(() -> (int) ADD_DUP2.invokeExact(actions, 1, 2));
        if (report.isPresent()) {
            must(() -> (int) ADD_DUP2.invokeExact(actions, report.getAsInt(), REPORT));
        }
        must(() -> (int) ADD_CHDIR.invokeExact(actions, folder));
        CloseFrom.add(actions, report.isPresent() ? REPORT + 1 : REPORT);
    }

    private static void must(FfmSupport.PlainCall<Integer> call) {
        OsException.check("prepare posix_spawn", -FfmSupport.plain(call));
    }

    /** Apart, because glibc before 2.34 and musl lack the function: linked when first used. */
    private static final class CloseFrom {
        private static final String NAME = "posix_spawn_file_actions_addclosefrom_np";
        private static final boolean IN_CHILD = FfmSupport.has(NAME);

        static void add(MemorySegment actions, int first) {
            if (IN_CHILD) {
                must(() -> (int) Linked.HANDLE.invokeExact(actions, first));
            } else {
                // Our own descriptors from 3 up are for nobody else; the report is dup2ed, which clears the mark.
                OsException.check("mark descriptors close-on-exec", LibC.closeRangeOnExec(REPORT));
            }
        }

        private static final class Linked {
            static final MethodHandle HANDLE =
                    FfmSupport.link(NAME, FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_INT));
        }
    }
}
