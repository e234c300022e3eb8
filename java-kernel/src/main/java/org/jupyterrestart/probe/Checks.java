package org.jupyterrestart.probe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.ProbeSpec.Check;
import org.jupyterrestart.config.ProbeSpec.Trace;
import org.jupyterrestart.process.ProcessControl;
import org.jupyterrestart.process.TimedRun;
import org.jupyterrestart.supervisor.Prober.Subject;
import org.jupyterrestart.web.LifeSign;
import org.jupyterrestart.web.TcpCall;
import org.jupyterrestart.web.WebCall;

/**
 * Makes checks of specs.
 *
 * @param home what commands print goes to {@code logs/probes/APP.log} below it
 * @param environment the service's own
 */
record Checks(ProcessControl processes, Path home, Map<String, String> environment) {
    private static final int FIRST_ERROR = 400;

    ProbeCheck of(Subject subject) {
        Duration timeout = subject.spec().timeout();
        return switch (subject.spec().check()) {
            case Check.Http(String url) ->
                () -> problem(url, WebCall.get(url, timeout).send());
            case Check.LifeSign(String url) -> lifeSign(url, timeout);
            case Check.Stir(String url) ->
                new StirCheck(lifeSign(url, timeout), () -> processes.cpuOfJob(subject.identity()));
            case Check.Tcp(String host, int port) ->
                () -> new TcpCall(host, port, timeout)
                        .connect()
                        .map(why -> "%s:%d takes no connection: %s".formatted(host, port, why));
            case Check.Queue(String url, Duration stall) ->
                new QueueCheck(
                        url,
                        timeout,
                        Math.max(1, stall.dividedBy(subject.spec().every())),
                        Traces.of(new Trace.Output(), subject, processes),
                        () -> processes.imageOf(subject.identity()));
            case Check.Exec(List<String> command) -> command(subject, command)::problem;
            case Check.Progress(var trace, List<String> busy) ->
                new ProgressCheck(
                        Traces.of(trace, subject, processes),
                        busy.isEmpty() ? Optional.empty() : Optional.of(command(subject, busy)));
        };
    }

    private static ProbeCheck lifeSign(String url, Duration timeout) {
        return () -> new LifeSign(url, timeout).lack().map(why -> "%s does not answer: %s".formatted(url, why));
    }

    /** A redirect is an answer, and is not followed: who knows where it leads. */
    private static Optional<String> problem(String url, WebCall.Answer answer) {
        return switch (answer) {
            case WebCall.Answer.Status(int code) when code < FIRST_ERROR -> Optional.empty();
            case WebCall.Answer.Status(int code) -> Optional.of("%s answers %d".formatted(url, code));
            case WebCall.Answer.None(String why) -> Optional.of("%s does not answer: %s".formatted(url, why));
        };
    }

    private CommandCheck command(Subject subject, List<String> command) {
        Path output = home.resolve("logs").resolve("probes").resolve(subject.app() + ".log");
        return CommandCheck.of(
                new TimedRun(processes), subject, command, new CommandCheck.Service(home, environment, output));
    }
}
