package org.jupyterrestart.process;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.SmallDisk;

/** Apps under keepers, by the real program; without gcc, the build has none. */
@EnabledIf("isBuilt")
class KeeperIT extends ProcessControlBehaviour {
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
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

    /** As when a service begins: its loop has all apps to look at. */
    @Test
    void manyStartsDoNotWaitForTheLoopToHaveTimeForAnIdleKeeper() {
        CompletableFuture<List<String>> seen = new CompletableFuture<>();
        List<CompletableFuture<SpawnResult>> started =
                Stream.generate(CompletableFuture<SpawnResult>::new).limit(5).toList();
        control.loop().submit(() -> {
            started.forEach(
                    start -> control.start(lab.launch("sh", "-c", "echo up; exec sleep 1000"), start::complete));
            try {
                seen.complete(lab.awaitLines(started.size() - 1));
            } catch (AssertionError e) {
                seen.completeExceptionally(e);
            }
        });

        assertEquals(List.of("up", "up", "up", "up"), ProcessLab.get(seen));
        lab.awaitLines(started.size());
        for (CompletableFuture<SpawnResult> start : started) {
            ProcessIdentity app = assertInstanceOf(SpawnResult.Spawned.class, ProcessLab.get(start))
                    .identity();
            control.signal(app, ProcessLab.SIGKILL);
            lab.awaitExit(app);
        }
    }

    @Test
    void anAppRunsThoughTheDiskOfHomeAndOutputHasBecomeReadOnly() throws IOException {
        try (SmallDisk disk = SmallDisk.in(folder);
                LinuxProcessControl onDisk = LinuxProcessControl.open(disk.folder());
                ProcessLab itsLab = new ProcessLab(onDisk, disk.folder())) {
            disk.makeReadOnly();

            ProcessIdentity app = itsLab.startShell("echo lost; exec sleep 1000");
            ProcessIdentity other = itsLab.startShell("trap 'exit 3' TERM; while :; do sleep 0.01; done");
            CompletableFuture<ExitStatus> exit = itsLab.exitOf(other);

            assertEquals(List.of(app), onDisk.tree(app, ""));
            assertEquals(Path.of("/dev/null"), Files.readSymbolicLink(Path.of("/proc/%d/fd/1".formatted(app.pid()))));
            ProcessLab.awaitHandler(other, ProcessLab.SIGTERM);
            onDisk.signal(other, ProcessLab.SIGTERM);
            assertEquals(new ExitStatus.Code(3), ProcessLab.get(exit));
        }
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
        ProcessLab.awaitFree(control, app);
        ProcessIdentity next = lab.start(lab.launch("sleep", "1000"));
        assertEquals(keeper, keeperOf(next));
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
    void aKeeperStartsOneAppAfterTheOther() {
        Set<ProcessIdentity> keepers = IntStream.range(0, 100)
                .mapToObj(i -> {
                    ProcessIdentity app = lab.startShell("exit " + i);
                    assertEquals(new ExitStatus.Code(i), lab.awaitExit(app));
                    ProcessLab.awaitFree(control, app);
                    return keeperOf(app);
                })
                .collect(toSet());

        assertEquals(1, keepers.size());
    }

    @Test
    void aProgramThatCanNotBeExecutedIsToldEachTimeAndStartsOnceItIsMended() throws IOException {
        Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\nexit 4");
        assertTrue(program.toFile().setExecutable(true));
        SpawnResult failure = new SpawnResult.NotSpawned(
                "can't start ./program: executing %s failed: Exec format error (errno 8); it is no program of this machine and has no #! line: name its interpreter"
                        .formatted(program));

        assertEquals(new ExitStatus.Code(4), lab.awaitExit(lab.start(lab.launch("./program"))));
        Files.writeString(program, "no program");
        assertEquals(failure, control.spawn(lab.launch("./program")));
        assertEquals(failure, control.spawn(lab.launch("./program")));
        Files.writeString(program, "#!/bin/sh\nexit 5");
        assertEquals(new ExitStatus.Code(5), lab.awaitExit(lab.start(lab.launch("./program"))));
    }

    @Test
    void aDirectoryThatIsGoneAtTheSecondStartIsTold() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("work"));
        Launch launch = new Launch(List.of("true"), directory, Map.of("PATH", "/usr/bin:/bin"), lab.output);
        lab.awaitExit(lab.start(launch));
        Files.delete(directory);

        assertEquals(
                new SpawnResult.NotSpawned(
                        "can't start true: its directory %s does not exist: create it or correct `directory`"
                                .formatted(directory)),
                control.spawn(launch));
    }

    @Test
    void ordersThatDoNotFitIntoASocketAreCarriedOut() {
        List<String> command = List.of("sh", "-c", "echo $#; exit 6", "sh", "x".repeat(100_000), "y".repeat(100_000));
        Launch launch = new Launch(command, folder, Map.of("PATH", "/usr/bin:/bin"), lab.output);

        assertEquals(new ExitStatus.Code(6), lab.awaitExit(lab.start(launch)));
        assertEquals(new ExitStatus.Code(6), lab.awaitExit(lab.start(launch)));
        assertEquals("2\n2\n", lab.text());
    }

    @Test
    void whatWasOrderedWithTheLastBreathOfAServiceIsFoundByTheNext() throws Exception {
        Process service = java("ready", OrderingService.class, home.toString(), lab.output.toString());
        ProcFs procFs = new ProcFs(Path.of("/proc"));
        ProcessIdentity keeper = procFs.children((int) service.pid()).stream()
                .flatMap(pid -> control.identify(pid).stream())
                .filter(child -> control.describe(child).startsWith("keeper-"))
                .findFirst()
                .orElseThrow();
        control.signal(keeper, SIGSTOP);
        service.getOutputStream().write('\n');
        service.getOutputStream().flush();
        assertEquals("ordered", service.inputReader().readLine());
        service.destroyForcibly().waitFor();

        CompletableFuture<Optional<ProcessControl.Marked>> found =
                CompletableFuture.supplyAsync(() -> control.find(OrderingService.MARK));
        assertThrows(TimeoutException.class, () -> found.get(100, TimeUnit.MILLISECONDS));
        control.signal(keeper, SIGCONT);

        ProcessControl.Marked app = ProcessLab.get(found).orElseThrow();
        assertTrue(app.isMain());
        control.signal(app.identity(), ProcessLab.SIGKILL);
        assertEquals(new ExitStatus.Signal(ProcessLab.SIGKILL), lab.awaitExit(app.identity()));
        ProcessLab.await("a keeper without a service ends with its tree", () -> !control.isAlive(keeper));
        assertEquals(Optional.of(app), control.find(OrderingService.MARK), "by its keeper's file");
    }

    @Test
    void aKeeperWithoutAnAppEndsWithItsService() throws Exception {
        Process service = java("ready", OrderingService.class, home.toString(), lab.output.toString());
        List<ProcessIdentity> keepers = new ProcFs(Path.of("/proc"))
                .children((int) service.pid()).stream()
                        .flatMap(pid -> control.identify(pid).stream())
                        .toList();
        assertEquals(1, keepers.size());

        service.destroyForcibly().waitFor();

        ProcessLab.await("it ends", () -> !control.isAlive(keepers.getFirst()));
    }

    /** A JVM of its own, once it has said {@code word}. */
    private static Process java(String word, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process service = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals(word, service.inputReader().readLine());
        return service;
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
