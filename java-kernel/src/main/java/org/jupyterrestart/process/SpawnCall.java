package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private static final int SETSIGDEF = 0x04;
    private static final int SETSIGMASK = 0x08;
    private static final int SETSID = 0x80;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY_CREAT_APPEND = 0x1 | 0x40 | 0x400;
    private static final int OWNER_ONLY = 0600;

    /** Sizes with room to spare: glibc has 336, 80 and 128 bytes, musl 336, 80 and 128. */
    private static final int ATTRIBUTES_SIZE = 512;

    private static final int ACTIONS_SIZE = 128;
    private static final int SIGNAL_SET_SIZE = 128;

    private static final CFunction SIGFILLSET = CFunction.of("sigfillset");
    private static final CFunction ATTR_INIT = CFunction.of("posix_spawnattr_init");
    private static final CFunction ATTR_DESTROY = CFunction.of("posix_spawnattr_destroy");
    private static final CFunction ATTR_SETFLAGS = CFunction.of("posix_spawnattr_setflags");
    private static final CFunction ATTR_SETSIGMASK = CFunction.of("posix_spawnattr_setsigmask");
    private static final CFunction ATTR_SETSIGDEFAULT = CFunction.of("posix_spawnattr_setsigdefault");
    private static final CFunction ACTIONS_INIT = CFunction.of("posix_spawn_file_actions_init");
    private static final CFunction ACTIONS_DESTROY = CFunction.of("posix_spawn_file_actions_destroy");
    private static final CFunction ADD_OPEN = CFunction.of("posix_spawn_file_actions_addopen");
    private static final CFunction ADD_DUP2 = CFunction.of("posix_spawn_file_actions_adddup2");
    private static final CFunction ADD_CHDIR = CFunction.of("posix_spawn_file_actions_addchdir_np");
    private static final CFunction POSIX_SPAWN = CFunction.of("posix_spawn");

    /** glibc before 2.34 and musl lack it. */
    private static final Optional<CFunction> ADD_CLOSEFROM = CFunction.find("posix_spawn_file_actions_addclosefrom_np");

    /** The pid of the new process, or {@code -errno}: of the exec, or of anything before it. */
    int run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_SIZE, 16);
            MemorySegment actions = arena.allocate(ACTIONS_SIZE, 16);
            MemorySegment pid = arena.allocate(JAVA_INT);
            must(ATTR_INIT, attributes.address());
            must(ACTIONS_INIT, actions.address());
            try {
                setAttributes(arena, attributes);
                addActions(arena, actions);
                MemorySegment path = arena.allocateFrom(program.toString());
                MemorySegment argv = CFunction.strings(arena, arguments);
                MemorySegment envp = CFunction.strings(
                        arena,
                        environment.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .toList());
                int errno = POSIX_SPAWN.call(
                        pid.address(),
                        path.address(),
                        actions.address(),
                        attributes.address(),
                        argv.address(),
                        envp.address());
                return errno == 0 ? pid.get(JAVA_INT, 0) : -errno;
            } finally {
                must(ACTIONS_DESTROY, actions.address());
                must(ATTR_DESTROY, attributes.address());
            }
        }
    }

    private static void setAttributes(Arena arena, MemorySegment attributes) {
        MemorySegment none = arena.allocate(SIGNAL_SET_SIZE, 16);
        MemorySegment all = arena.allocate(SIGNAL_SET_SIZE, 16);
        must(SIGFILLSET, all.address());
        must(ATTR_SETFLAGS, attributes.address(), SETSID | SETSIGMASK | SETSIGDEF);
        must(ATTR_SETSIGMASK, attributes.address(), none.address());
        must(ATTR_SETSIGDEFAULT, attributes.address(), all.address());
    }

    private void addActions(Arena arena, MemorySegment actions) {
        MemorySegment nothing = arena.allocateFrom("/dev/null");
        MemorySegment log = arena.allocateFrom(output.toString());
        MemorySegment folder = arena.allocateFrom(directory.toString());
        must(ADD_OPEN, actions.address(), 0, nothing.address(), O_RDONLY, 0);
        must(ADD_OPEN, actions.address(), 1, log.address(), O_WRONLY_CREAT_APPEND, OWNER_ONLY);
        must(ADD_DUP2, actions.address(), 1, 2);
        if (report.isPresent()) {
            must(ADD_DUP2, actions.address(), report.getAsInt(), REPORT);
        }
        must(ADD_CHDIR, actions.address(), folder.address());
        addCloseFrom(actions, report.isPresent() ? REPORT + 1 : REPORT);
    }

    private static void addCloseFrom(MemorySegment actions, int first) {
        if (ADD_CLOSEFROM.isPresent()) {
            must(ADD_CLOSEFROM.get(), actions.address(), first);
        } else {
            // Our own descriptors from 3 up are for nobody else; the report is dup2ed, which clears the mark.
            OsException.check("mark descriptors close-on-exec", LibC.closeRangeOnExec(REPORT));
        }
    }

    private static void must(CFunction function, long... arguments) {
        OsException.check("prepare posix_spawn", -function.call(arguments));
    }
}
