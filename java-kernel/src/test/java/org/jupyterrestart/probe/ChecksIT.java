package org.jupyterrestart.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.DeafPort;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.ProbeSpec.Check;
import org.jupyterrestart.config.ProbeSpec.Trace;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.SpawnResult;
import org.jupyterrestart.supervisor.Prober.Subject;

@Timeout(60)
class ChecksIT {
    private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin");
    private static final int KILL = 9;

    @TempDir
    Path home;

    private LinuxProcessControl processes;

    @BeforeEach
    void open() {
        processes = LinuxProcessControl.withoutKeeper("a test of probes");
    }

    @AfterEach
    void close() {
        processes.close();
    }

    private ProbeCheck check(Check check, Duration timeout) {
        return check(check, timeout, new ProcessIdentity("boot", 4711, 1));
    }

    private ProbeCheck check(Check check, Duration timeout, ProcessIdentity identity) {
        ProbeSpec spec = new ProbeSpec(check, ProbeSpec.EVERY, timeout, ProbeSpec.FAILURES);
        Path output = home.resolve("app.log");
        return new Checks(processes, home, ENVIRONMENT)
                .of(new Subject("comfyui", identity, "", Optional.empty(), output, spec, false));
    }

    private Optional<String> shell(String script, Duration timeout) throws InterruptedException {
        return check(new Check.Exec(List.of("sh", "-c", script)), timeout).problem();
    }

    @Test
    void answersBelow400AreGood() throws Exception {
        for (int status : List.of(200, 204, 301, 302, 307, 400, 404, 500, 503)) {
            try (LocalServer server = new LocalServer(_ -> status)) {
                String url = server.url("/system_stats");
                assertEquals(
                        status < 400 ? Optional.empty() : Optional.of("%s answers %d".formatted(url, status)),
                        check(new Check.Http(url), ProbeSpec.TIMEOUT).problem());
                assertEquals(1, server.asked().size());
            }
        }
    }

    @Test
    void serverThatHangsIsABadAnswer() throws Exception {
        try (LocalServer server = new LocalServer(_ -> LocalServer.HANG)) {
            String url = server.url("/");
            assertEquals(
                    Optional.of(url + " does not answer: there was no answer within 200ms"),
                    check(new Check.Http(url), Duration.ofMillis(200)).problem());
        }
    }

    @Test
    void anyAnswerIsASignOfLife() throws Exception {
        for (int status : List.of(200, 302, 403, 404, 500)) {
            try (LocalServer server = new LocalServer(_ -> status)) {
                assertEquals(
                        Optional.empty(),
                        check(new Check.LifeSign(server.url("/api")), ProbeSpec.TIMEOUT)
                                .problem());
            }
        }
        try (LocalServer server = new LocalServer(_ -> LocalServer.HANG)) {
            String url = server.url("/api");
            assertEquals(
                    Optional.of(url + " does not answer: there was no answer within 200ms"),
                    check(new Check.LifeSign(url), Duration.ofMillis(200)).problem());
        }
    }

    @Test
    void serverThatDoesNotAnswerButWorksStirs() throws Exception {
        ProcessIdentity idle = spawn("setsid sh -c 'while :; do :; done' & exec sleep 300");
        ProcessIdentity working = spawn("sh -c 'while :; do :; done' & wait");
        try (LocalServer server = new LocalServer(_ -> LocalServer.HANG)) {
            Check spec = new Check.Stir(server.url("/api"));
            ProbeCheck idleCheck = check(spec, Duration.ofMillis(50), idle);
            ProbeCheck workCheck = check(spec, Duration.ofMillis(50), working);
            while (idleCheck.problem().isEmpty()) {
                Thread.onSpinWait();
            }
            assertEquals(
                    Optional.of(server.url("/api")
                            + " does not answer: there was no answer within 50ms, and it uses no processor"),
                    idleCheck.problem());
            // The kernel counts in steps of 10 ms, and on a busy machine a process may wait for longer.
            while (workCheck.problem().isPresent()) {
                Thread.onSpinWait();
            }
        } finally {
            List.of(idle, working).forEach(this::end);
        }
        try (LocalServer server = new LocalServer(_ -> 200)) {
            assertEquals(
                    Optional.empty(),
                    check(new Check.Stir(server.url("/api")), ProbeSpec.TIMEOUT).problem());
        }
    }

    @Test
    void connectionIsEnoughForTcp() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(
                    Optional.empty(),
                    check(new Check.Tcp("127.0.0.1", listener.getLocalPort()), ProbeSpec.TIMEOUT)
                            .problem());
        }
        try (DeafPort port = new DeafPort()) {
            assertEquals(
                    Optional.of("127.0.0.1:%d takes no connection: Connection refused".formatted(port.number())),
                    check(new Check.Tcp("127.0.0.1", port.number()), ProbeSpec.TIMEOUT)
                            .problem());
        }
    }

    @Test
    void commandKnowsWhatItAsksAbout() throws Exception {
        assertEquals(
                Optional.empty(),
                shell("test $JUPYTER_RESTART_APP$JUPYTER_RESTART_PID = comfyui4711", ProbeSpec.TIMEOUT));
    }

    @Test
    void commandThatFailsIsABadAnswerAndWhatItSaidIsKept() throws Exception {
        Path log = home.resolve("logs").resolve("probes").resolve("comfyui.log");
        assertEquals(
                Optional.of("\"sh -c echo out of tune; exit 3\" ended with exit code 3: what it said is in " + log),
                shell("echo out of tune; exit 3", ProbeSpec.TIMEOUT));
        assertEquals(List.of("out of tune"), Files.readAllLines(log));
    }

    @Test
    void commandThatIsLateIsEndedWithItsTree() throws Exception {
        String script = "setsid sleep 300 & echo $! > pid; mv pid child; sleep 300";
        // On a busy machine the child may not have been started in so short a time: then once more, with twice as much.
        Duration timeout = Duration.ofMillis(150);
        do {
            timeout = timeout.multipliedBy(2);
            assertEquals(
                    Optional.of("\"sh -c %s\" did not end within %s".formatted(script, Durations.format(timeout))),
                    shell(script, timeout));
        } while (!Files.exists(home.resolve("child")));
        int child = Integer.parseInt(Files.readString(home.resolve("child")).strip());
        assertEquals(Optional.empty(), processes.identify(child));
    }

    @Test
    void outputThatStandsStillIsBadOnlyWhileThereIsWork() throws Exception {
        Path output = Files.writeString(home.resolve("app.log"), "step 1\n");
        Path work = Files.createFile(home.resolve("work"));
        Check spec = new Check.Progress(new Trace.Output(), List.of("test", "-e", work.toString()));
        ProbeCheck check = check(spec, ProbeSpec.TIMEOUT);
        assertEquals(Optional.empty(), check.problem());
        assertEquals(Optional.of("its output %s does not change".formatted(output)), check.problem());
        Files.writeString(output, "step 1\nstep 2\n");
        assertEquals(Optional.empty(), check.problem());
        Files.delete(work);
        assertEquals(Optional.empty(), check.problem());
        Files.createFile(work);
        assertEquals(Optional.of("its output %s does not change".formatted(output)), check.problem());
    }

    @Test
    void newFileInAFolderIsProgress() throws Exception {
        Path renders = Files.createDirectory(home.resolve("renders"));
        ProbeCheck check = check(new Check.Progress(new Trace.Path(renders), List.of()), ProbeSpec.TIMEOUT);
        assertEquals(Optional.empty(), check.problem());
        assertEquals(Optional.of(renders + " does not change"), check.problem());
        Files.createFile(renders.resolve("1.png"));
        assertEquals(Optional.empty(), check.problem());
    }

    @Test
    void cpuTimeOfTheTreeTellsSleepFromWork() throws Exception {
        ProcessIdentity idle = spawn("sleep 300");
        ProcessIdentity working = spawn("while :; do :; done & wait");
        try {
            ProbeCheck idleCheck = check(new Check.Progress(new Trace.Cpu(), List.of()), ProbeSpec.TIMEOUT, idle);
            ProbeCheck workCheck = check(new Check.Progress(new Trace.Cpu(), List.of()), ProbeSpec.TIMEOUT, working);
            while (idleCheck.problem().isEmpty()) {
                Thread.onSpinWait();
            }
            assertEquals(Optional.of("the CPU time of its processes does not change"), idleCheck.problem());
            // The kernel counts in steps of 10 ms.
            workCheck.problem();
            while (workCheck.problem().isPresent()) {
                Thread.onSpinWait();
            }
        } finally {
            List.of(idle, working).forEach(this::end);
        }
    }

    private ProcessIdentity spawn(String script) throws IOException {
        Launch launch = new Launch(List.of("sh", "-c", script), home, ENVIRONMENT, home.resolve("spawned.log"));
        return assertInstanceOf(SpawnResult.Spawned.class, processes.spawn(launch))
                .identity();
    }

    private void end(ProcessIdentity root) {
        processes.tree(root, "").forEach(member -> processes.signal(member, KILL));
    }
}
