package org.jupyterrestart.workload;

import java.util.List;
import org.jupyterrestart.config.Served;

/** What a command line says of the ComfyUI that it starts. Pure. */
final class ComfyUiCommand {
    private static final String PORT = "--port";
    static final int USUAL_PORT = 8188;
    private static final String PROGRAM = "main.py";

    private ComfyUiCommand() {}

    /** Whether it is ComfyUI's own, not that of a script that starts one. */
    static boolean isOne(List<String> command) {
        return Served.isGiven(command, PORT)
                || command.stream().anyMatch(word -> word.equals(PROGRAM) || word.endsWith("/" + PROGRAM));
    }

    /** Where it is reached. */
    static String host(List<String> command) {
        return Served.host(command, "--listen");
    }

    static String scheme(List<String> command) {
        return Served.scheme(command);
    }

    /** ComfyUI's usual port where the command names none. */
    static int port(List<String> command) {
        return Served.port(command, PORT).orElse(USUAL_PORT);
    }
}
