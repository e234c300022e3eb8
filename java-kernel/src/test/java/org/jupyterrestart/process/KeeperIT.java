package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Apps under keepers, by the real program; without gcc, the build has none. */
@EnabledIf("isBuilt")
class KeeperIT extends ProcessControlBehaviour {
    private static final List<Integer> POLITE_SIGNALS = List.of(1, 2, 3, 10, 12, 15);

    @TempDir
    Path home;

    static boolean isBuilt() {
        return KeeperIT.class.getResource("/keeper/" + System.getProperty("os.arch") + "/keeper") != null;
    }

    @Override
    LinuxProcessControl openControl() {
        LinuxProcessControl control = LinuxProcessControl.open(home);
        assertEquals(Guarantees.full(), control.guarantees());
        return control;
    }

    @Test
    void howAnAppEndedIsKnownThoughTheServiceWasKilledBefore() throws IOException, InterruptedException {
        Process service = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KeeperService.class.getName(),
                        home.toString(),
                        lab.output.toString(),
                        "trap 'exit 11' USR1; echo $$; while :; do sleep 0.01; done")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int pid = Integer.parseInt(lab.awaitLines(1).getFirst());
        service.destroyForcibly().waitFor();
        ProcessIdentity app = control.identify(pid).orElseThrow();

        control.signal(app, 10);
        ProcessLab.await("it ended", () -> !control.isAlive(app));

        assertEquals(new ExitStatus.Code(11), lab.awaitExit(app));
    }

    @Test
    void politeSignalsAreNotForTheKeeper() {
        ProcessIdentity app = lab.startShell("trap 'exit 3' USR1; echo ready; while :; do sleep 0.01; done");
        lab.awaitLines(1);
        ProcessIdentity keeper = keeperOf(app);

        POLITE_SIGNALS.forEach(signal -> control.signal(keeper, signal));
        control.signal(app, 10);

        assertEquals(new ExitStatus.Code(3), lab.awaitExit(app));
    }

    @Test
    void theKeeperIsNoMemberAndShowsNothingOfTheApp() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        ProcessIdentity keeper = keeperOf(app);
        ProcFs procFs = new ProcFs(Path.of("/proc"));

        assertEquals(List.of(app), control.tree(app, "lab-" + folder.getFileName()));
        assertFalse(procFs.commandLine(keeper.pid()).contains("sleep"));
        assertEquals(Map.of(), procFs.environment(keeper.pid()));
    }

    @Test
    void anOrphanThatLeftSessionAndEnvironmentIsStillFound() {
        ProcessIdentity app = lab.startShell("env -i setsid sleep 1000 & echo $!");
        int orphan = Integer.parseInt(lab.awaitLines(1).getFirst());
        lab.awaitExit(app);
        ProcessIdentity keeper = keeperOf(app);

        assertEquals(control.identify(orphan).stream().toList(), control.tree(app, "no such mark"));
        assertTrue(control.isAlive(keeper));

        control.signal(control.identify(orphan).orElseThrow(), ProcessLab.SIGKILL);
        ProcessLab.await("the keeper of an empty tree ends", () -> !control.isAlive(keeper));
    }

    @Test
    void theEndIsSeenEvenWhenTheKeeperWasKilled() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        CompletableFuture<ExitStatus> exit = lab.exitOf(app);

        control.signal(keeperOf(app), ProcessLab.SIGKILL);
        control.signal(app, ProcessLab.SIGTERM);

        ExitStatus status = ProcessLab.get(exit);
        assertTrue(
                List.of(new ExitStatus.Signal(ProcessLab.SIGTERM), new ExitStatus.Unknown())
                        .contains(status),
                status::toString);
    }

    @Test
    void aFailedStartLeavesNoStatusFile() throws IOException {
        Path program = Files.writeString(folder.resolve("program"), "no program");
        assertTrue(program.toFile().setExecutable(true));

        assertEquals(
                new SpawnResult.NotSpawned(
                        "can't start ./program: executing %s failed: Exec format error (errno 8); it is no program of this machine and has no #! line: name its interpreter"
                                .formatted(program)),
                control.spawn(lab.launch("./program")));
        assertEquals(0, home.resolve("keeper").toFile().list().length);
    }

    @Test
    void aHomeThatCanNotBeWrittenMeansADirectStart() {
        try (LinuxProcessControl direct = LinuxProcessControl.open(Path.of("/proc/none"))) {
            assertEquals(
                    Guarantees.withoutKeeper("its files can't be kept in /proc/none (/proc/none)"),
                    direct.guarantees());
            lab.awaitExit(lab.startShell("exit 0"));
        }
    }

    private ProcessIdentity keeperOf(ProcessIdentity app) {
        try {
            return new KeeperFiles(home.resolve("keeper"))
                    .recordOf(app)
                    .flatMap(KeeperRecord::keeper)
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
