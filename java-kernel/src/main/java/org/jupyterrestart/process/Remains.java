package org.jupyterrestart.process;

import java.util.Optional;

/** What {@code /proc} still shows of a process of this boot, alive or not yet collected by its parent. */
record Remains(ProcFs procFs, String bootId) {
    /** Also as a zombie. */
    boolean isThere(ProcessIdentity identity) {
        return procFs.stat(identity.pid())
                .filter(process -> new ProcessIdentity(bootId, process.pid(), process.startTicks()).equals(identity))
                .isPresent();
    }

    /**
     * How it ended, where its parent leaves it as a zombie: some never collect their children. Empty for exit code 0,
     * which is also what the kernel shows to those who may not know.
     */
    Optional<ExitStatus> status(ProcessIdentity identity) {
        Optional<String> line = procFs.statLine(identity.pid());
        ProcessIdentity shown = line.map(ProcStat::parse)
                .filter(ProcStat::isZombie)
                .map(process -> new ProcessIdentity(bootId, process.pid(), process.startTicks()))
                .orElse(null);
        return identity.equals(shown) ? line.flatMap(ProcStat::failure) : Optional.empty();
    }
}
