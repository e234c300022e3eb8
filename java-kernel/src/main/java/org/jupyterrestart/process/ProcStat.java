package org.jupyterrestart.process;

import java.util.Optional;

/**
 * One process at one moment, from {@code /proc/PID/stat}.
 *
 * @param name at most 15 bytes of the program's name, any characters
 * @param state the kernel's letter, such as {@code S} or {@code D}
 * @param parent pid of the parent; 0 for none in our namespace
 * @param session pid of the session's leader, alive or not
 * @param residentPages memory in use, shared pages included
 */
public record ProcStat(
        int pid, String name, char state, int parent, int session, int threads, long startTicks, long residentPages) {
    private static final int PARENT = 1;
    private static final int SESSION = 3;
    private static final int THREADS = 17;
    private static final int START_TICKS = 19;
    private static final int RESIDENT_PAGES = 21;
    private static final int VIRTUAL_BYTES = 20;
    private static final int CODE = 23;
    private static final int STACK = 25;
    private static final int ENVIRONMENT_START = 47;
    private static final int ENVIRONMENT_END = 48;
    private static final int WAIT_STATUS = 49;

    /** {@code line} as the kernel wrote it: the name is in parentheses and may hold spaces and parentheses itself. */
    static ProcStat parse(String line) {
        int open = line.indexOf('(');
        int close = line.lastIndexOf(')');
        if (open < 1 || close < open || line.length() < close + 3) {
            throw new IllegalArgumentException("not a line of /proc/PID/stat: " + line);
        }
        String[] fields = line.substring(close + 2).split(" ", -1);
        if (fields.length <= RESIDENT_PAGES) {
            throw new IllegalArgumentException("a line of /proc/PID/stat with too few fields: " + line);
        }
        return new ProcStat(
                Integer.parseInt(line.substring(0, open - 1)),
                line.substring(open + 1, close),
                fields[0].charAt(0),
                Integer.parseInt(fields[PARENT]),
                Integer.parseInt(fields[SESSION]),
                Integer.parseInt(fields[THREADS]),
                Long.parseLong(fields[START_TICKS]),
                Long.parseLong(fields[RESIDENT_PAGES]));
    }

    /** Whether a process has an environment, of which a part of each exec says nothing yet. */
    enum Environment {
        NONE,
        COMING,
        THERE,
        /** Our user may not see it, which holds for a part of each exec, too. */
        HIDDEN
    }

    /** Resident pages don't tell of an exec: the kernel counts the first ones of a new memory late. */
    static Environment environment(String line) {
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        boolean hasMemory = fields.length > ENVIRONMENT_END && !fields[VIRTUAL_BYTES].equals("0");
        if (!hasMemory) {
            return Environment.NONE;
        }
        if (fields[ENVIRONMENT_END].equals("0")) {
            return fields[CODE].equals("1") ? Environment.HIDDEN : Environment.COMING;
        }
        if (!fields[ENVIRONMENT_END].equals(fields[ENVIRONMENT_START])) {
            return Environment.THERE;
        }
        // It begins as none and gets its end once it is written; only then it is known where the code begins.
        return fields[CODE].equals("0") ? Environment.COMING : Environment.NONE;
    }

    /** Where its program's stack begins: the kernel chooses it anew at each exec. */
    static Optional<String> image(String line) {
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return fields.length <= STACK || fields[STACK].equals("0") ? Optional.empty() : Optional.of(fields[STACK]);
    }

    /** How a zombie ended; empty for success, and where our user may not see it. */
    static Optional<ExitStatus> failure(String line) {
        String[] fields = line.substring(line.lastIndexOf(')') + 2).strip().split(" ", -1);
        return fields.length <= WAIT_STATUS || fields[WAIT_STATUS].equals("0")
                ? Optional.empty()
                : Optional.of(ExitStatus.ofWaitStatus(Integer.parseInt(fields[WAIT_STATUS])));
    }

    /** Ended and only waiting to be reaped. A process whose first thread ended before the others also shows Z. */
    public boolean isZombie() {
        return (state == 'Z' || state == 'X') && threads <= 1;
    }

    /** For people: {@code python3 (pid 4711)}, with the reason where even SIGKILL must wait. */
    String describe() {
        return state == 'D'
                ? "%s (pid %d, in uninterruptible sleep)".formatted(name, pid)
                : "%s (pid %d)".formatted(name, pid);
    }
}
