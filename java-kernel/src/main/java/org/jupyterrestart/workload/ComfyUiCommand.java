package org.jupyterrestart.workload;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.config.Served;

/** What a command line says of the ComfyUI that it starts. Pure. */
final class ComfyUiCommand {
    private static final String PORT = "--port";
    private static final int USUAL_PORT = 8188;

    private ComfyUiCommand() {}

    /** Where it is reached. */
    static String host(Optional<Program> program) {
        return Served.host(program.map(Program::command).orElse(List.of()), "--listen");
    }

    static String scheme(Optional<Program> program) {
        return Served.scheme(program.map(Program::command).orElse(List.of()));
    }

    /** ComfyUI's usual port where the command names none. */
    static int port(Optional<Program> program) {
        List<String> words = program.map(Program::command).orElse(List.of());
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String value = word.startsWith(PORT + "=")
                    ? word.substring(PORT.length() + 1)
                    : word.equals(PORT) && i + 1 < words.size() ? words.get(i + 1) : "";
            if (value.matches("\\d{1,5}")) {
                return Integer.parseInt(value);
            }
        }
        return USUAL_PORT;
    }
}
