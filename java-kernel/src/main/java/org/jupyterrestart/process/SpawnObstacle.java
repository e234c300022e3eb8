package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Why a start can't work, in words that say what to do: posix_spawn alone gives one number for all its steps. */
final class SpawnObstacle {
    private SpawnObstacle() {}

    /** What stands in the way of any program; makes the folder of the output if need be. */
    static Optional<String> find(Launch launch) {
        if (holdsNul(launch)) {
            return Optional.of("a NUL character is in its command or environment: take it out");
        }
        Path folder = launch.output().toAbsolutePath().getParent();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            return Optional.of("the folder %s for its output can't be made (%s): make it, or free the name"
                    .formatted(folder, e.getMessage()));
        }
        return Optional.empty();
    }

    /** No C string can. */
    static boolean holdsNul(Launch launch) {
        return Stream.concat(
                        launch.command().stream(),
                        launch.environment().entrySet().stream().flatMap(v -> Stream.of(v.getKey(), v.getValue())))
                .anyMatch(text -> text.indexOf('\0') >= 0);
    }

    /** What {@code errno} of the exec means. */
    static String explain(Path program, int errno) {
        String whatToDo = switch (errno) {
            case Errno.ENOENT ->
                "its interpreter (the #! line, or the loader of a binary) does not exist: "
                        + "install it or correct the line";
            case Errno.ENOEXEC -> "it is no program of this machine and has no #! line: name its interpreter";
            case Errno.EACCES ->
                "it, its directory or its output file is not accessible to us: check the permissions, "
                        + "and that its disk is not mounted noexec";
            case Errno.E2BIG -> "its arguments and environment are too long: shorten them";
            case Errno.EAGAIN, Errno.ENOMEM ->
                "the machine has no room for another process: free memory or raise the limit of processes";
            case Errno.ETXTBSY -> "it is being written: start it again when that is over";
            default -> "see the manual page of execve for the reason";
        };
        return "executing %s failed: %s; %s".formatted(program, Errno.describe(errno), whatToDo);
    }
}
