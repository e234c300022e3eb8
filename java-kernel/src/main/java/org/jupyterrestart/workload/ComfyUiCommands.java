package org.jupyterrestart.workload;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.ProcessIdentity;

/** With which command lines ComfyUIs run: a script of their user's may have started them. */
final class ComfyUiCommands {
    private static final Path NOWHERE = Path.of("/dev/null");

    private final ProcessControl processes;
    private final Map<String, Found> found = new ConcurrentHashMap<>();

    ComfyUiCommands(ProcessControl processes) {
        this.processes = processes;
    }

    /** Below an app's process. */
    private record Found(ProcessIdentity root, List<String> command) {}

    /** Of the app with this {@link #of command}; where none is named ComfyUI's usual one, if it is its own, else 0. */
    int port(App app, List<String> command) {
        return ComfyUiCommand.isOne(command) || isUsualPortOf(app) ? ComfyUiCommand.port(command) : 0;
    }

    /** Another ComfyUI may have it. */
    private boolean isUsualPortOf(App app) {
        List<ProcessIdentity> tree = app.state().process().map(Instance::identity).stream()
                .flatMap(root -> processes.tree(root, "").stream())
                .toList();
        return processes
                .holderOf(ComfyUiCommand.USUAL_PORT)
                .flatMap(ProcessControl.PortHolder::process)
                .filter(tree::contains)
                .isPresent();
    }

    /** The one that it was started with, where that is ComfyUI's or none is seen below it. */
    List<String> of(App app) {
        List<String> own = app.program().map(Program::command).orElse(List.of());
        return ComfyUiCommand.isOne(own)
                ? own
                : app.state()
                        .process()
                        .flatMap(instance -> below(app.name(), instance.identity()))
                        .orElse(own);
    }

    private Optional<List<String>> below(String app, ProcessIdentity root) {
        Found known = found.get(app);
        if (known != null && known.root().equals(root)) {
            return Optional.of(known.command());
        }
        Optional<List<String>> command = processes.tree(root, "").stream()
                .flatMap(process -> processes.launchOf(process, NOWHERE).stream())
                .map(Launch::command)
                .filter(ComfyUiCommand::isOne)
                .findFirst();
        command.ifPresent(it -> found.put(app, new Found(root, it)));
        return command;
    }
}
