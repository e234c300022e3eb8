package org.jupyterrestart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.process.OwnProcess;

/**
 * The service replaces itself, as for an upgrade, in the same process: pid, children and the lock of its home stay.
 *
 * @param arguments our own, behind Java's
 */
record SelfRestart(List<String> arguments) {
    SelfRestart {
        arguments = List.copyOf(arguments);
    }

    /** Java, its flags and the jar or class as they are now. */
    private List<String> programNow() {
        List<String> all = OwnProcess.commandLine();
        return all.subList(0, all.size() - arguments.size());
    }

    /** Returns only where it failed, with why. */
    String run(Optional<List<String>> program, Path lock) {
        List<String> command = new ArrayList<>(program.orElseGet(this::programNow));
        command.addAll(arguments);
        return "%s could not be run: %s".formatted(command.getFirst(), OwnProcess.become(command, lock));
    }
}
