package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.StopSequence.Stage;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.GpuMonitor;

/** The real supervisor stops real processes; each writes its pid into {@code pids} and what it hears into {@code heard}. */
class StopIT {
    private static final int STOP = 19;
    private static final String TELL = "echo $$ >> pids; ";

    @TempDir
    private Path folder;

    private SupervisorLab lab;
    private LinuxProcessControl processes;
    private Supervisor supervisor;

    @BeforeEach
    void open() throws IOException {
        lab = new SupervisorLab(folder);
        processes = lab.processes;
    }

    @AfterEach
    void close() throws IOException {
        for (int pid : pids()) {
            processes.identify(pid).ifPresent(left -> processes.signal(left, StopSequence.KILL));
        }
        lab.close();
    }

    private void supervise(AppSpecBuilder app) {
        supervisor = lab.supervise(GpuMonitor.NONE, app);
    }

    private AppSpecBuilder app(String script) {
        return new AppSpecBuilder("app")
                .program(Program.of(List.of("sh", "-c", script), Optional.of(folder), Map.of()))
                .stop(new StopSequence(List.of(
                        new Stage(StopSequence.TERM, Duration.ofMillis(700)),
                        new Stage(StopSequence.KILL, StopSequence.KILL_GRACE))));
    }

    /** Apps that others have been left with pieces of. */
    enum Hardy {
        DEAF_TO_TERM("trap '' TERM; " + TELL + "while :; do sleep 0.1; done"),
        IN_A_GROUP_OF_ITS_OWN(TELL + "set -m; sh -c '" + TELL + "sleep 1000 & wait' & wait"),
        IN_A_SESSION_OF_ITS_OWN(TELL + "setsid sh -c '" + TELL + "sleep 1000 & wait' & wait"),
        FORKED_TWICE_AND_DEAF(TELL + "(setsid sh -c 'trap \"\" TERM; " + TELL
                + "while :; do sleep 0.1; done' &) ; sleep 1000 & wait"),
        WITHOUT_ITS_MARK(TELL + "(env -i setsid sh -c '" + TELL + "sleep 1000 & wait' &) ; sleep 1000 & wait");

        private final String script;

        Hardy(String script) {
            this.script = script;
        }

        int processes() {
            return script.split("echo").length - 1;
        }
    }

    /** The grace is longer than any test waits. */
    @Test
    void appThatIgnoresTheInterruptGetsTermAtOnce() throws Exception {
        supervise(app("trap '' INT; trap 'echo TERM >> heard; exit 0' TERM; " + TELL + "while :; do sleep 0.05; done")
                .stop(new StopSequence(List.of(
                        new Stage(StopSequence.INT, Duration.ofHours(1)),
                        new Stage(StopSequence.KILL, StopSequence.KILL_GRACE)))));
        awaitStarted(1);

        supervisor.stop("app");

        lab.awaitState("stopped");
        assertEquals("TERM\n", Files.readString(folder.resolve("heard")));
    }

    @ParameterizedTest
    @EnumSource
    void nothingOfTheTreeIsLeft(Hardy hardy) throws Exception {
        supervise(app(hardy.script));
        List<ProcessIdentity> started = awaitStarted(hardy.processes());

        supervisor.stop("app");

        lab.awaitState("stopped");
        assertEquals(List.of(), started.stream().filter(processes::isAlive).toList());
    }

    @Test
    void stoppedAppGoesOnToHearThatItIsToEnd() throws Exception {
        supervise(app("trap 'echo TERM >> heard; exit 0' TERM; " + TELL + "while :; do sleep 0.05; done")
                .stop(StopSequence.termThenKill(SupervisorLab.PATIENCE)));
        ProcessIdentity main = awaitStarted(1).getFirst();
        processes.signal(main, STOP);

        supervisor.stop("app");

        lab.awaitState("stopped");
        assertEquals("TERM\n", Files.readString(folder.resolve("heard")));
    }

    @Test
    void stopSequenceIsTheConfiguredOne() throws Exception {
        supervise(app("trap 'echo INT >> heard' INT; trap 'echo TERM >> heard; exit 0' TERM; " + TELL
                        + "while :; do sleep 0.05; done")
                .stop(new StopSequence(List.of(
                        new Stage(2, Duration.ofMillis(500)),
                        new Stage(StopSequence.TERM, SupervisorLab.PATIENCE),
                        new Stage(StopSequence.KILL, StopSequence.KILL_GRACE)))));
        awaitStarted(1);

        supervisor.stop("app");

        lab.awaitState("stopped");
        assertEquals("INT\nTERM\n", Files.readString(folder.resolve("heard")));
    }

    @Test
    void keptDescendantOutlivesTheApp() throws Exception {
        Path tunnel = Files.createSymbolicLink(folder.resolve("tunnel"), Path.of("/bin/sleep"));
        supervise(app(TELL + tunnel + " 1000 & echo $! >> pids; wait").keep(List.of("tunnel")));
        List<ProcessIdentity> started = awaitStarted(2);
        // Its pid is known a moment before it is executed, and has its name.
        SupervisorLab.await(
                "the tunnel runs", () -> processes.describe(started.getLast()).startsWith("tunnel ("));

        supervisor.stop("app");

        lab.awaitState("stopped");
        assertTrue(processes.isAlive(started.getLast()));
    }

    /** The service's loop is held up meanwhile: the keeper starts it. */
    @Test
    void restartedAppRunsAgainBeforeTheServiceHasHeardOfItsEnd() throws Exception {
        supervise(app("trap 'while ! [ -e ended ]; do sleep 0.02; done; exit 0' TERM; " + TELL
                        + "while :; do sleep 0.02; done")
                .stop(StopSequence.termThenKill(SupervisorLab.PATIENCE)));
        awaitStarted(1);
        lab.awaitState("running");
        supervisor.restart("app", Reason.MANUAL, false);
        CompletableFuture<List<ProcessIdentity>> started = new CompletableFuture<>();
        processes.loop().submit(() -> {
            try {
                Files.createFile(folder.resolve("ended"));
                started.complete(awaitStarted(2));
            } catch (Exception | AssertionError e) {
                started.completeExceptionally(e);
            }
        });

        assertEquals(1, started.get().size(), "the old one is gone");
        lab.awaitState("running");
        assertEquals(
                Optional.of(started.get().getFirst().pid()),
                lab.view().pid().stream().boxed().findFirst());
        assertEquals(2, pids().size());
    }

    @Test
    void stopPreemptsAStart() throws Exception {
        supervise(app(TELL + "sleep 1000").autostart(false));

        supervisor.start("app");
        supervisor.stop("app");

        lab.awaitState("stopped");
        assertEquals(
                List.of(),
                pids().stream().flatMap(pid -> processes.identify(pid).stream()).toList());
    }

    /** Started by someone else, it has neither our mark nor a keeper: its session and its children are known. */
    @Test
    void adoptedAppIsStoppedWithItsTree() throws Exception {
        Process stranger = new ProcessBuilder(
                        "setsid",
                        "sh",
                        "-c",
                        TELL + "sh -c '" + TELL + "trap \"\" TERM; while :; do sleep 0.1; done' & wait")
                .directory(folder.toFile())
                .start();
        try {
            List<ProcessIdentity> started = awaitStarted(2);
            supervise(app("unused").autostart(false));
            supervisor.adopt(
                    "app",
                    AdoptionRequestBuilder.process(started.getFirst().pid()).build());

            supervisor.stop("app");

            lab.awaitState("stopped");
            assertEquals(List.of(), started.stream().filter(processes::isAlive).toList());
        } finally {
            stranger.destroyForcibly();
        }
    }

    private List<ProcessIdentity> awaitStarted(int count) throws Exception {
        SupervisorLab.await(count + " processes", () -> pids().size() >= count);
        return pids().stream().flatMap(pid -> processes.identify(pid).stream()).toList();
    }

    private List<Integer> pids() {
        try {
            Path file = folder.resolve("pids");
            return Files.exists(file)
                    ? Files.readAllLines(file).stream().map(Integer::valueOf).toList()
                    : List.of();
        } catch (IOException e) {
            return fail(e);
        }
    }
}
