package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds however apps are started, with real processes of this machine. */
abstract class ProcessControlBehaviour {
    private static final int SIGSTOP = 19;

    @TempDir
    Path folder;

    LinuxProcessControl control;
    ProcessLab lab;

    abstract LinuxProcessControl openControl();

    @BeforeEach
    void open() {
        control = openControl();
        lab = new ProcessLab(control, folder);
    }

    @AfterEach
    void close() {
        lab.close();
        control.close();
    }

    @Test
    void aProcessThatEndsAtOnceIsSeenEveryTime() {
        List<ExitStatus> exits = IntStream.range(0, 250)
                .mapToObj(i -> lab.awaitExit(lab.startShell("exit " + i)))
                .toList();

        assertEquals(
                IntStream.range(0, 250)
                        .<ExitStatus>mapToObj(ExitStatus.Code::new)
                        .toList(),
                exits);
    }

    @Test
    void aSignalThatEndsAProcessIsItsStatus() {
        List<Integer> signals = List.of(1, 2, 3, 6, 9, 10, 15);

        List<ExitStatus> exits = signals.stream()
                .map(signal -> {
                    ProcessIdentity sleeper = lab.start(lab.launch("sleep", "1000"));
                    control.signal(sleeper, signal);
                    return lab.awaitExit(sleeper);
                })
                .toList();

        assertEquals(signals.stream().<ExitStatus>map(ExitStatus.Signal::new).toList(), exits);
    }

    @Test
    void aWatchThatComesAfterTheEndIsToldTheStatus() {
        ProcessIdentity ended = lab.startShell("exit 5");
        ProcessLab.await("it has ended and was reaped", () -> !Files.exists(Path.of("/proc/" + ended.pid())));

        assertEquals(new ExitStatus.Code(5), lab.awaitExit(ended));
    }

    @Test
    void nothingIsCalledAfterUnwatch() {
        ProcessIdentity sleeper = lab.start(lab.launch("sleep", "1000"));
        CompletableFuture<ExitStatus> exit = lab.exitOf(sleeper);
        control.unwatch(sleeper);

        control.signal(sleeper, ProcessLab.SIGKILL);
        ProcessLab.await("it was reaped all the same", () -> !Files.exists(Path.of("/proc/" + sleeper.pid())));
        lab.awaitExit(lab.startShell("exit 0")); // the watcher has been through another turn

        assertFalse(exit.isDone());
    }

    @Test
    void twoHundredAtOnceAreAllSeen() {
        List<CompletableFuture<ExitStatus>> exits = IntStream.range(0, 200)
                .parallel()
                .mapToObj(i -> lab.exitOf(lab.startShell("exit " + i)))
                .toList();

        assertEquals(
                IntStream.range(0, 200)
                        .<ExitStatus>mapToObj(ExitStatus.Code::new)
                        .toList(),
                exits.stream().map(ProcessLab::get).toList());
    }

    @Test
    void aProcessHasItsOwnSessionCleanSignalsAndThreeDescriptors() throws IOException {
        try (var _ = Files.newInputStream(Path.of("/dev/zero"))) { // the JDK opens without close-on-exec
            ProcessIdentity leader = lab.start(lab.launch("cut", "-d ", "-f6", "/proc/self/stat"));
            lab.awaitExit(leader);
            lab.awaitExit(lab.start(lab.launch("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")));
            lab.awaitExit(lab.startShell("ls /proc/$$/fd; pwd"));

            // 32 and 33 are glibc's own: its posix_spawn always leaves them ignored.
            assertEquals("""
                %d
                SigBlk:\t0000000000000000
                SigIgn:\t0000000180000000
                0
                1
                2
                %s
                """.formatted(leader.pid(), folder), lab.text());
        }
    }

    @Test
    void outputIsAppendedToAFileOfItsOwnerAlone() throws IOException {
        lab.awaitExit(lab.startShell("echo one; echo two >&2"));
        lab.awaitExit(lab.startShell("cat; echo three"));

        assertEquals("one\ntwo\nthree\n", lab.text());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(lab.output)));
    }

    @Test
    void theEnvironmentIsTheOneGivenAndNothingElse() {
        Launch launch =
                new Launch(List.of("env"), folder, Map.of("PATH", "/usr/bin:/bin", "LETTER", "ä = \"b\""), lab.output);
        lab.awaitExit(lab.start(launch));

        assertEquals(
                List.of("LETTER=ä = \"b\"", "PATH=/usr/bin:/bin"),
                lab.text().lines().sorted().toList());
    }

    @Test
    void aTreeHoldsDoubleForkedAndResessionedDescendants() {
        ProcessIdentity root = lab.startShell("setsid sh -c 'sleep 1000 & echo $!' & wait; sleep 1000 & echo $!; wait");
        List<String> pids = lab.awaitLines(2);

        List<ProcessIdentity> tree = control.tree(root, "lab-" + folder.getFileName());

        assertEquals(root, tree.getFirst());
        assertTrue(tree.stream().map(member -> "" + member.pid()).toList().containsAll(pids), tree::toString);
    }

    @Test
    void aTreeWhoseRootIsGoneIsFoundByItsMark() {
        ProcessIdentity root = lab.startShell("setsid sleep 1000 & echo $!");
        lab.awaitExit(root);
        int orphan = Integer.parseInt(lab.awaitLines(1).getFirst());

        assertEquals(control.identify(orphan).stream().toList(), control.tree(root, "lab-" + folder.getFileName()));
    }

    @Test
    void aStoppedProcessStillEndsByKill() {
        ProcessIdentity sleeper = lab.start(lab.launch("sleep", "1000"));
        control.signal(sleeper, SIGSTOP);
        assertTrue(control.isAlive(sleeper));

        control.signal(sleeper, ProcessLab.SIGKILL);

        assertEquals(new ExitStatus.Signal(ProcessLab.SIGKILL), lab.awaitExit(sleeper));
        assertFalse(control.isAlive(sleeper));
    }

    @Test
    void aProcessThatIsNotOurChildIsAdopted() {
        ProcessIdentity parent = lab.startShell("sleep 1000 & echo $!; wait");
        int pid = Integer.parseInt(lab.awaitLines(1).getFirst());
        ProcessIdentity adopted = control.identify(pid).orElseThrow();
        CompletableFuture<ExitStatus> exit = lab.exitOf(adopted);

        control.signal(adopted, ProcessLab.SIGTERM);

        ExitStatus status = ProcessLab.get(exit);
        assertTrue(
                List.of(new ExitStatus.Signal(ProcessLab.SIGTERM), new ExitStatus.Unknown())
                        .contains(status),
                status::toString);
        lab.awaitExit(parent);
    }

    /** While it executes another program it showed no mark, so that it was no member of its tree any more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 500})
    void aProcessHasItsMarkAlsoWhileItIsExecuted(int otherVariables) throws IOException {
        Path script = folder.resolve("again.sh");
        Files.writeString(script, "exec nice sh " + script + "\n");
        Launch launch = lab.launch("sh", "-c", "nice -n 19 setsid sh %s & echo $!".formatted(script));
        Map<String, String> environment = new HashMap<>(launch.environment());
        IntStream.range(0, otherVariables).forEach(i -> environment.put("VARIABLE_" + i, "x".repeat(40)));
        ProcessIdentity root = lab.start(new Launch(launch.command(), folder, environment, lab.output));
        int orphan = Integer.parseInt(lab.awaitLines(1).getFirst());
        ProcFs procFs = new ProcFs(Path.of("/proc"));
        String mark = "lab-" + folder.getFileName();

        assertEquals(
                0,
                IntStream.range(0, 20_000)
                        .filter(_ -> !procFs.hasVariable(orphan, Launch.MARKER, mark))
                        .count());
        lab.awaitExit(root);
    }

    /** It took half a second, after which the status was unknown: an exit by code 3 passed for anything. */
    @Test
    void aZombieThatItsParentNeverCollectsHasAStatus() {
        lab.startShell("sh -c 'trap \"exit 3\" TERM; echo $$; while :; do sleep 0.05; done' & exec sleep 1000");
        ProcessIdentity child =
                control.identify(Integer.parseInt(lab.awaitLines(1).getFirst())).orElseThrow();
        CompletableFuture<ExitStatus> exit = lab.exitOf(child);

        control.signal(child, ProcessLab.SIGTERM);

        assertEquals(new ExitStatus.Code(3), ProcessLab.get(exit));
    }

    @Test
    void aReusedPidIsNeverSignalledAndCountsAsGone() {
        ProcessIdentity bystander = lab.start(lab.launch("sleep", "1000"));
        ProcessIdentity former = new ProcessIdentity(bystander.bootId(), bystander.pid(), bystander.startTicks() - 1);
        ProcessIdentity formerBoot = new ProcessIdentity("another boot", bystander.pid(), bystander.startTicks());

        for (ProcessIdentity gone : List.of(former, formerBoot)) {
            control.signal(gone, ProcessLab.SIGKILL);
            assertEquals(new ExitStatus.Unknown(), lab.awaitExit(gone));
            assertFalse(control.isAlive(gone));
            assertEquals(List.of(), control.tree(gone, ""));
            assertEquals(Optional.empty(), control.launchOf(gone, lab.output));
        }
        assertTrue(control.isAlive(bystander));
    }

    @Test
    void aProcessCanBeStartedAgainAsItWas() {
        Launch launch = lab.launch("sleep", "1000");
        ProcessIdentity sleeper = lab.start(launch);
        // exec lets go of its parent a moment before /proc shows the new command line
        ProcessLab.await(
                "exec is over", () -> control.launchOf(sleeper, lab.output).isPresent());

        assertEquals(Optional.of(launch), control.launchOf(sleeper, lab.output));
        assertEquals("sleep (pid %d)".formatted(sleeper.pid()), control.describe(sleeper));
    }

    @Test
    void aMissingProgramIsToldByName() {
        SpawnResult result = control.spawn(lab.launch("no-such-program", "x"));

        assertEquals(
                new SpawnResult.NotSpawned(
                        "can't start no-such-program: there is no program no-such-program on the PATH "
                                + "/usr/local/bin:/usr/bin:/bin: install it, or name it by its full path"),
                result);
    }

    @Test
    void aProgramWhoseInterpreterIsMissingIsToldWithTheSystemsWords() throws IOException {
        Path script = Files.writeString(folder.resolve("run.sh"), "#!/no/such/interpreter\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));

        SpawnResult result = control.spawn(lab.launch("./run.sh"));

        assertEquals(
                new SpawnResult.NotSpawned(
                        "can't start ./run.sh: executing %s failed: No such file or directory (errno 2); its interpreter (the #! line, or the loader of a binary) does not exist: install it or correct the line"
                                .formatted(script)),
                result);
    }

    @Test
    void aMissingDirectoryIsToldBeforeAnythingIsTried() {
        Path missing = folder.resolve("missing");
        Launch launch = new Launch(Collections.singletonList("true"), missing, Map.of(), lab.output);

        assertEquals(
                new SpawnResult.NotSpawned(
                        "can't start true: its directory %s does not exist: create it or correct `directory`"
                                .formatted(missing)),
                control.spawn(launch));
    }

    @Test
    void watchingLeavesNoDescriptorOpen() {
        ProcessIdentity first = lab.start(lab.launch("sleep", "1000"));
        runToTheEnd(); // there may be a keeper now that is used again
        long before = openDescriptors();

        IntStream.range(0, 50).forEach(_ -> runToTheEnd());

        // Not the same number: others of this JVM may be collected, and closed, meanwhile.
        ProcessLab.await("all are closed", () -> openDescriptors() <= before);
        assertTrue(control.isAlive(first));
    }

    /** Until its keeper, if it has one, can take another. */
    private void runToTheEnd() {
        ProcessIdentity app = lab.startShell("exit 0");
        lab.awaitExit(app);
        ProcessLab.await("its tree is empty", () -> control.tree(app, "").isEmpty());
        control.loop().executeAndWait(() -> {});
    }

    private static long openDescriptors() {
        return Path.of("/proc/self/fd").toFile().list().length;
    }
}
