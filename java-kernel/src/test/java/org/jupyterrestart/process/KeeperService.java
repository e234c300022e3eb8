package org.jupyterrestart.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A service of its own JVM, to be killed: starts one shell script and waits. */
final class KeeperService {
    private KeeperService() {}

    public static void main(String[] args) throws InterruptedException {
        Path home = Path.of(args[0]);
        LinuxProcessControl control = LinuxProcessControl.open(home);
        SpawnResult result = control.spawn(
                new Launch(List.of("sh", "-c", args[2]), home, Map.of("PATH", "/usr/bin:/bin"), Path.of(args[1])));
        if (!(result instanceof SpawnResult.Spawned)) {
            throw new IllegalStateException(result.toString());
        }
        Thread.currentThread().join();
    }
}
