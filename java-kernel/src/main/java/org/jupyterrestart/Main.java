package org.jupyterrestart;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.logging.LogManager;
import org.jupyterrestart.kernel.ControlKernel;

/** Where the program begins: the one place that reads the environment and that exits. */
public final class Main {
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        configureLogging();
        String version = ProductVersion.read();
        SelfRestart self = new SelfRestart(List.of(args));
        int status = switch (CommandLine.parse(args)) {
            case CommandLine.Run run -> new ServiceProcess(self, version, true).run(run, System.getenv());
            case CommandLine.Service service -> new ServiceProcess(self, version, false).run(service, System.getenv());
            case CommandLine.Kernel kernel -> serveKernel(kernel, version);
            case CommandLine.ShowConfig shown -> ShownConfig.run(shown, System.getenv());
            case CommandLine.Version _ -> {
                System.out.println(version);
                yield OK;
            }
            case CommandLine.Wrong(String why) -> {
                System.err.println(why);
                yield USAGE;
            }
        };
        System.exit(status);
    }

    private static int serveKernel(CommandLine.Kernel kernel, String version) {
        try {
            ControlKernel.serve(kernel.home(), kernel.connectionFile(), version);
            return OK;
        } catch (IOException e) {
            System.err.println("The kernel can't serve %s: %s".formatted(kernel.connectionFile(), e));
            return FAILED;
        }
    }

    private static void configureLogging() {
        try (InputStream in = Main.class.getResourceAsStream("/logging.properties")) {
            LogManager.getLogManager().readConfiguration(in);
        } catch (IOException e) {
            System.err.println("The usual logging stays: " + e);
        }
    }
}
