package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Makes children of this process, and has every one of them reaped. */
record Children(ProcFs procFs, String bootId, ExitWatcher watcher) {
    /** What a child is to execute, and what it gets as descriptor {@link SpawnCall#REPORT}. */
    record Program(Path file, List<String> arguments, OptionalInt report) {}

    /** What came of it. */
    sealed interface Result {
        record Child(ProcessIdentity identity) implements Result {}

        record None(int errno) implements Result {}
    }

    Result make(Program program, Launch launch) {
        int pid = new SpawnCall(
                        program.file(),
                        program.arguments(),
                        launch.environment(),
                        launch.directory(),
                        launch.output(),
                        program.report())
                .run();
        return pid < 0 ? new Result.None(-pid) : new Result.Child(take(pid));
    }

    /** Nobody else reaps it, so its pid and its entry in /proc stay until we do, however fast it ended. */
    ProcessIdentity take(int pid) {
        PidFd pidfd = PidFd.open(pid)
                .orElseThrow(() -> new IllegalStateException(
                        "our child %d was reaped by someone else in this process".formatted(pid)));
        long startTicks = procFs.stat(pid).orElseThrow().startTicks();
        ProcessIdentity identity = new ProcessIdentity(bootId, pid, startTicks);
        watcher.addChild(identity, pidfd);
        return identity;
    }
}
