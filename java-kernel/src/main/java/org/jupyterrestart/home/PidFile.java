package org.jupyterrestart.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * A file that tells scripts the pid of the service. It may lie in a folder that machines share, so what is there is
 * judged by who wrote it; nobody is ever signalled because of it.
 */
public final class PidFile {
    private final Path file;
    private final String content;

    private PidFile(Path file, String content) {
        this.file = file;
        this.content = content;
    }

    /** Where the file went, and why not where it was wanted. */
    public record Claim(PidFile file, Optional<String> word) {}

    /**
     * Writes {@code wanted}, or the file of the same name in {@code home} where that one is another's.
     *
     * @param identify gives the live process with a pid
     */
    public static Claim claim(
            Path wanted, Path home, ServiceIdentity us, IntFunction<Optional<ProcessIdentity>> identify)
            throws IOException {
        Optional<String> obstacle = obstacle(wanted, us, identify);
        Path file = obstacle.isEmpty() ? wanted : home.resolve(wanted.getFileName());
        try {
            AtomicFile.write(file, us.render(), "rw-r--r--");
            return new Claim(
                    new PidFile(file, us.render()), obstacle.map(why -> "%s: ours is %s.".formatted(why, file)));
        } catch (IOException e) {
            if (file.startsWith(home)) {
                throw e;
            }
            Path instead = home.resolve(wanted.getFileName());
            AtomicFile.write(instead, us.render(), "rw-r--r--");
            return new Claim(
                    new PidFile(instead, us.render()),
                    Optional.of("Could not write %s (%s): ours is %s.".formatted(wanted, e, instead)));
        }
    }

    /** Why {@code file} must stay as it is; empty where it is stale, unreadable as a pid file or not there. */
    private static Optional<String> obstacle(
            Path file, ServiceIdentity us, IntFunction<Optional<ProcessIdentity>> identify) {
        String content;
        try {
            content = Files.readString(file);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("%s can't be read (%s)".formatted(file, e));
        }
        Optional<ServiceIdentity> writer = ServiceIdentity.parse(content);
        if (writer.isPresent()) {
            return obstacle(file, us, writer.get(), identify);
        }
        return pidAlone(content)
                .filter(pid -> identify.apply(pid).isPresent())
                .map(pid -> "%s names the live process %d".formatted(file, pid));
    }

    private static Optional<String> obstacle(
            Path file, ServiceIdentity us, ServiceIdentity writer, IntFunction<Optional<ProcessIdentity>> identify) {
        if (!writer.host().equals(us.host())) {
            return Optional.of("%s belongs to the machine %s".formatted(file, writer.host()));
        }
        boolean isOther =
                !writer.equals(us) && identify.apply(writer.process().pid()).equals(Optional.of(writer.process()));
        return isOther
                ? Optional.of("%s belongs to the running service %d"
                        .formatted(file, writer.process().pid()))
                : Optional.empty();
    }

    private static Optional<Integer> pidAlone(String content) {
        try {
            int pid = Integer.parseInt(content.strip());
            return pid > 0 ? Optional.of(pid) : Optional.empty();
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    public Path path() {
        return file;
    }

    /** Unless another has written it since. */
    public void remove() throws IOException {
        try {
            if (Files.readString(file).equals(content)) {
                Files.delete(file);
            }
        } catch (NoSuchFileException _) {
            // Someone has cleaned up already.
        }
    }
}
