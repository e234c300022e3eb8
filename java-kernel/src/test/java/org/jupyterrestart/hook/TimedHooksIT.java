package org.jupyterrestart.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.supervisor.HookRunner.Failure;
import org.jupyterrestart.supervisor.HookRunner.HookRun;

@Timeout(60)
class TimedHooksIT {
    @TempDir
    Path home;

    private LinuxProcessControl processes;

    @BeforeEach
    void open() {
        processes = LinuxProcessControl.withoutKeeper("a test of hooks");
    }

    @AfterEach
    void close() {
        processes.close();
    }

    private List<Failure> run(Hook... hooks) throws Exception {
        return run(Optional.empty(), hooks);
    }

    private List<Failure> run(Optional<Path> directory, Hook... hooks) throws Exception {
        CompletableFuture<List<Failure>> done = new CompletableFuture<>();
        HookRun run = new HookRun(
                "comfyui",
                Optional.of(Program.of(List.of("python"), directory, Map.of("HF_HOME", "/storage/hf"))),
                EventType.RESTART_PREPARING,
                Optional.of("comfyui-7"),
                Optional.of(Reason.GPU_MEMORY),
                List.of(hooks));
        Map<String, String> environment = Map.of("PATH", "/usr/bin:/bin");
        new TimedHooks(processes, home, environment).run(run, done::complete);
        return done.get(30, TimeUnit.SECONDS);
    }

    private static Hook shell(String script, Duration timeout) {
        return new Hook(new Hook.Deed.Run(List.of("sh", "-c", script)), timeout, false);
    }

    private static Hook shell(String script) {
        return shell(script, Hook.TIMEOUT);
    }

    private Path output() {
        return home.resolve("logs").resolve("hooks").resolve("comfyui.log");
    }

    private List<String> printed() throws IOException {
        return Files.readAllLines(output());
    }

    @Test
    void hooksRunInOrderAndSpeakIntoTheirOwnLog() throws Exception {
        assertEquals(List.of(), run(shell("echo one; pwd; echo oops >&2"), shell("echo two")));
        assertEquals(List.of("one", home.toRealPath().toString(), "oops", "two"), printed());
    }

    @Test
    void commandRunsInTheDirectoryOfItsApp() throws Exception {
        Path directory = Files.createDirectory(home.resolve("app")).toRealPath();
        assertEquals(List.of(), run(Optional.of(directory), shell("pwd")));
        assertEquals(List.of(directory.toString()), printed());
    }

    @Test
    void commandLearnsWhatItIsRunFor() throws Exception {
        assertEquals(List.of(), run(shell("env | grep -E '^(JUPYTER_RESTART_[^M]|HF_)' | sort")));
        assertEquals(
                List.of(
                        "HF_HOME=/storage/hf",
                        "JUPYTER_RESTART_APP=comfyui",
                        "JUPYTER_RESTART_EVENT=restart.preparing",
                        "JUPYTER_RESTART_REASON=gpu-memory",
                        "JUPYTER_RESTART_RESTART_ID=comfyui-7"),
                printed());
    }

    @Test
    void failedHookIsToldAndTheNextOneRuns() throws Exception {
        Hook failing = shell("exit 3");
        assertEquals(
                List.of(new Failure(
                        failing,
                        "Hook \"sh -c exit 3\" ended with exit code 3: what it said is in %s".formatted(output()))),
                run(failing, shell("echo ran")));
        assertEquals(List.of("ran"), printed());
    }

    @Test
    void missingProgramIsToldInWords() throws Exception {
        Hook missing = new Hook(new Hook.Deed.Run(List.of("no-such-program")), Hook.TIMEOUT, false);
        assertEquals(
                List.of(new Failure(
                        missing,
                        "Hook \"no-such-program\" did not run: can't start no-such-program: there is no"
                                + " program no-such-program on the PATH /usr/bin:/bin: install it, or name it by"
                                + " its full path")),
                run(missing));
    }

    @Test
    void hookThatTakesTooLongIsEndedWithItsTreeAndTheNextOneRuns() throws Exception {
        // The child has left the session: only its environment tells where it belongs.
        String script = "setsid sleep 300 & echo $! > pid; mv pid child; sleep 300";
        // On a busy machine the child may not have been started in so short a time: then once more, with twice as much.
        Duration timeout = Duration.ofMillis(150);
        int runs = 0;
        do {
            timeout = timeout.multipliedBy(2);
            Hook slow = shell(script, timeout);
            assertEquals(
                    List.of(new Failure(
                            slow,
                            "Hook \"sh -c %s\" was ended after %s: give it a longer timeout, or make it quicker"
                                    .formatted(script, Durations.format(timeout)))),
                    run(slow, shell("echo ran")));
            runs++;
        } while (!Files.exists(home.resolve("child")));
        int child = Integer.parseInt(Files.readString(home.resolve("child")).strip());
        assertEquals(Optional.empty(), processes.identify(child));
        assertEquals(Collections.nCopies(runs, "ran"), printed());
    }

    @Test
    void postSaysWhatItIsFor() throws Exception {
        try (LocalServer server = new LocalServer(_ -> 204)) {
            Hook.Deed post = new Hook.Deed.Http(Hook.Method.POST, server.url("/up"));
            Hook.Deed get = new Hook.Deed.Http(Hook.Method.GET, server.url("/down"));
            assertEquals(List.of(), run(new Hook(post, Hook.TIMEOUT, false), new Hook(get, Hook.TIMEOUT, false)));
            assertEquals(
                    List.of(
                            "POST /up {\"app\":\"comfyui\",\"event\":\"restart.preparing\","
                                    + "\"reason\":\"gpu-memory\",\"restart_id\":\"comfyui-7\"}",
                            "GET /down "),
                    server.asked().stream()
                            .map(asked -> String.join(" ", asked.method(), asked.path(), asked.body()))
                            .toList());
        }
    }

    @Test
    void badAnswerAndNoAnswerAreToldApart() throws Exception {
        try (LocalServer server = new LocalServer(number -> number == 1 ? 404 : LocalServer.HANG)) {
            String url = server.url("/");
            Hook bad = new Hook(new Hook.Deed.Http(Hook.Method.POST, url), Hook.TIMEOUT, true);
            Hook hanging = new Hook(new Hook.Deed.Http(Hook.Method.GET, url), Duration.ofMillis(200), false);
            assertEquals(
                    List.of(
                            new Failure(
                                    bad,
                                    "Hook POST %s was answered by 404: it takes 200 to 299 for success".formatted(url)),
                            new Failure(
                                    hanging,
                                    "Hook GET %s failed: there was no answer within 200ms. Look whether the other side runs, and at the address"
                                            .formatted(url))),
                    run(bad, hanging));
        }
    }
}
