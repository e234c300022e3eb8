package org.jupyterrestart;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jupyterrestart.home.PidFile;
import org.jupyterrestart.home.ServiceIdentity;
import org.jupyterrestart.process.ProcessIdentity;

/** The service's pid files: its own, and the one that scripts of old look for. */
final class PidFiles implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PidFiles.class.getName());

    private final List<PidFile> files = new ArrayList<>();

    /** What can't be written is told and left out: no pid file is worth a service that does not start. */
    PidFiles(Path wanted, Path home, ServiceIdentity us, IntFunction<Optional<ProcessIdentity>> identify) {
        for (Path file : List.of(wanted, wanted.resolveSibling("scheduler.pid"))) {
            try {
                PidFile.Claim claim = PidFile.claim(file, home, us, identify);
                claim.word().ifPresent(word -> LOG.log(WARNING, word));
                files.add(claim.file());
            } catch (IOException e) {
                LOG.log(WARNING, "Could not write the pid file %s: %s".formatted(file, e));
            }
        }
    }

    @Override
    public void close() {
        for (PidFile file : files) {
            try {
                file.remove();
            } catch (IOException e) {
                LOG.log(WARNING, "Could not remove the pid file %s: %s".formatted(file.path(), e));
            }
        }
    }
}
