package org.jupyterrestart.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.JupyterSocket;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.ReplacementOptions;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.jupyterrestart.config.Parsed;

/** The Jupyter kernel "Restart control": a client of the service and nothing more, so no restart touches it. */
public final class ControlKernel extends BaseKernel {
    private final String version;
    private final CommandRunner runner;

    ControlKernel(String version, CommandRunner runner) {
        this.version = version;
        this.runner = runner;
    }

    /** Serves the Jupyter client that wrote {@code connectionFile} until it asks for the end. */
    public static void serve(Path home, Path connectionFile, String version) throws IOException {
        KernelConnectionProperties properties = KernelConnectionProperties.parse(Files.readString(connectionFile));
        CommandRunner runner = new CommandRunner(new ServiceClient(home), new Rendering(ZoneId.systemDefault()));
        try {
            JupyterConnection connection = new Connection(properties);
            new ControlKernel(version, runner).becomeHandlerForConnection(connection);
            connection.connect();
            connection.waitUntilClose();
        } catch (GeneralSecurityException e) {
            throw new IOException("Could not sign messages as %s asks".formatted(connectionFile), e);
        }
    }

    /** Of two peers with one name the later counts: a server that was restarted comes before the old one is gone. */
    private static final class Connection extends JupyterConnection {
        Connection(KernelConnectionProperties properties) throws GeneralSecurityException {
            super(properties);
            for (JupyterSocket socket : List.of(shell, control, stdin)) {
                socket.setRouterHandover(true);
            }
        }
    }

    @Override
    public DisplayData eval(String cell) {
        List<Command> commands = switch (CommandParser.cell(cell)) {
            case Parsed.Good<List<Command>>(List<Command> good) -> good;
            case Parsed.Bad<List<Command>>(String why) -> throw new CommandFailed(why);
        };
        Optional<DisplayData> last = Optional.empty();
        for (Command command : commands) {
            last.ifPresent(this::display);
            last = Optional.of(data(runner.run(command)));
        }
        return last.orElse(null); // What BaseKernel takes for "no result".
    }

    private static DisplayData data(Output output) {
        DisplayData data = new DisplayData(output.text());
        data.putHTML(output.html());
        return data;
    }

    @Override
    public ReplacementOptions complete(String cell, int at) {
        Completion completion = Completion.at(cell, at, this::appNames);
        return new ReplacementOptions(completion.words(), completion.start(), completion.end());
    }

    private List<String> appNames() {
        try {
            return runner.appNames();
        } catch (CommandFailed _) {
            return List.of();
        }
    }

    @Override
    public DisplayData inspect(String cell, int at, boolean extraDetail) {
        int lineStart = cell.lastIndexOf('\n', Math.min(at, cell.length()) - 1) + 1;
        String word = cell.substring(lineStart).stripLeading().split("\\s+", 2)[0];
        return Verb.of(word)
                .map(verb -> new DisplayData(verb.usage() + "\n" + verb.help()))
                .orElse(null); // What BaseKernel takes for "nothing found".
    }

    @Override
    public String isComplete(String cell) {
        return IS_COMPLETE_YES;
    }

    @Override
    public void interrupt() {
        runner.interrupt();
    }

    @Override
    public List<String> formatError(Throwable error) {
        return error instanceof CommandFailed ? List.of(error.getMessage()) : super.formatError(error);
    }

    @Override
    public String getBanner() {
        return "Restart control %s. \"help\" lists the commands.".formatted(version);
    }

    @Override
    public LanguageInfo getLanguageInfo() {
        return new LanguageInfo("restart", version, "text/plain", ".restart", "text", "null", "script");
    }
}
