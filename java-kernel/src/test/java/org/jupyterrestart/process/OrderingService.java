package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A service of its own JVM, to be killed: has one keeper without an app, says {@code ready}, and on a line of input
 * orders it to start another, says {@code ordered}, and waits.
 */
final class OrderingService {
    static final String MARK = "the last order";

    private OrderingService() {}

    public static void main(String[] args) throws InterruptedException, IOException {
        LinuxProcessControl control = LinuxProcessControl.open(Path.of(args[0]));
        Path output = Path.of(args[1]);
        if (control.spawn(launch(output, "0")) instanceof SpawnResult.Spawned(ProcessIdentity app)) {
            ProcessLab.awaitFree(control, app);
        }
        System.out.println("ready");
        System.in.read();
        control.start(launch(output, "1000"), _ -> {});
        control.loop().executeAndWait(() -> {});
        System.out.println("ordered");
        Thread.currentThread().join();
    }

    private static Launch launch(Path output, String seconds) {
        Map<String, String> environment = Map.of("PATH", "/usr/bin:/bin", Launch.MARKER, MARK);
        return new Launch(List.of("sleep", seconds), Path.of("/"), environment, output);
    }
}
