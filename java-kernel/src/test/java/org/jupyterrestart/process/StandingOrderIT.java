package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What a real keeper starts by itself, and what it does not. */
@EnabledIf("org.jupyterrestart.process.KeeperIT#isBuilt")
class StandingOrderIT {
    private static final Standing AFTER_ANY = new Standing(Duration.ZERO, true);
    private static final Standing AFTER_FAILURE = new Standing(Duration.ZERO, false);

    @TempDir
    Path home;

    @TempDir
    Path folder;

    private LinuxProcessControl control;
    private ProcessLab lab;

    @BeforeEach
    void open() {
        control = LinuxProcessControl.open(home);
        lab = new ProcessLab(control, folder);
    }

    @AfterEach
    void close() {
        lab.close();
        control.close();
    }

    @Test
    void anAppThatCrashesRunsAgainBeforeAnybodyHasSaidSo() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        Launch next = lab.launchMarked("next", "sleep", "1001");
        CompletableFuture<ExitStatus> exit = lab.exitOf(app);
        assertTrue(order(app, next, AFTER_FAILURE));

        control.signal(app, ProcessLab.SIGKILL);

        assertEquals(new ExitStatus.Signal(ProcessLab.SIGKILL), ProcessLab.get(exit));
        assertEquals(Optional.of(next), onLoop(() -> control.startedAfter(app)));
        List<ProcessIdentity> left = control.tree(app, "");
        assertEquals(1, left.size());
        assertFalse(control.isTreeEmpty(app));

        ProcessIdentity again = lab.start(next);

        assertEquals(left, List.of(again));
        assertEquals(Optional.empty(), onLoop(() -> control.startedAfter(app)));
        assertEquals(List.of(again), control.tree(again, ""));
        control.signal(again, ProcessLab.SIGTERM);
        assertEquals(new ExitStatus.Signal(ProcessLab.SIGTERM), lab.awaitExit(again));
        ProcessLab.await("nothing of it is left", () -> control.isTreeEmpty(again));
    }

    @Test
    void itGoesOnAndOnWithAnOrderEach() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        for (int round = 0; round < 20; round++) {
            Launch next = lab.launchMarked("round " + round, "sleep", "1000");
            assertTrue(order(app, next, AFTER_ANY));
            control.signal(app, ProcessLab.SIGKILL);
            lab.awaitExit(app);
            app = lab.start(next);
        }
        assertTrue(control.isAlive(app));
    }

    @Test
    void whatWasRevokedIsNotStarted() {
        ProcessIdentity app = lab.startShell("exec sleep 1000");
        assertTrue(order(app, launchMarked("touch started"), AFTER_ANY));
        onLoop(() -> {
            control.revoke(app);
            return true;
        });

        control.signal(app, ProcessLab.SIGTERM);

        lab.awaitExit(app);
        ProcessLab.await("nothing of it is left", () -> control.isTreeEmpty(app));
        assertNothingStarted(app);
    }

    @Test
    void theLastOfTwoOrdersCounts() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        Launch second = lab.launchMarked("second", "sleep", "1002");
        assertTrue(order(app, lab.launchMarked("first", "sleep", "1001"), AFTER_ANY));
        assertTrue(order(app, second, AFTER_ANY));

        control.signal(app, ProcessLab.SIGKILL);

        lab.awaitExit(app);
        assertEquals(Optional.of(second), onLoop(() -> control.startedAfter(app)));
        lab.start(second);
    }

    @Test
    void nothingIsStartedAfterALifeThatWasTooShort() {
        ProcessIdentity app = lab.startShell("exec sleep 1000");
        assertTrue(order(app, launchMarked("touch started"), new Standing(Duration.ofHours(1), true)));

        control.signal(app, ProcessLab.SIGKILL);

        lab.awaitExit(app);
        ProcessLab.await("nothing of it is left", () -> control.isTreeEmpty(app));
        assertNothingStarted(app);
    }

    @Test
    void workThatIsDoneIsNotBegunAgainUnlessThatIsMeant() throws IOException {
        String untilTold = "while ! [ -e over ]; do sleep 0.02; done; exit 0";
        ProcessIdentity done = lab.startShell(untilTold);
        assertTrue(order(done, launchMarked("touch started"), AFTER_FAILURE));
        Launch next = launchMarked("exec sleep 1000");
        ProcessIdentity service = lab.startShell(untilTold);
        assertTrue(order(service, next, AFTER_ANY));

        Files.createFile(folder.resolve("over"));

        assertEquals(new ExitStatus.Code(0), lab.awaitExit(service));
        assertEquals(Optional.of(next), onLoop(() -> control.startedAfter(service)));
        lab.start(next);
        assertEquals(new ExitStatus.Code(0), lab.awaitExit(done));
        assertNothingStarted(done);
    }

    @Test
    void whatLeavesSomethingBehindIsLeftToTheService() {
        ProcessIdentity app = lab.startShell("sleep 1000 & echo $!; wait");
        int child = Integer.parseInt(lab.awaitLines(1).getFirst());
        assertTrue(order(app, launchMarked("touch started"), AFTER_ANY));

        control.signal(app, ProcessLab.SIGKILL);

        lab.awaitExit(app);
        assertEquals(control.identify(child).stream().toList(), control.tree(app, ""));
        control.signal(control.identify(child).orElseThrow(), ProcessLab.SIGKILL);
        ProcessLab.await("nothing of it is left", () -> control.isTreeEmpty(app));
        assertNothingStarted(app);
    }

    @Test
    void aProgramThatIsGoneIsNoEndOfTheKeeper() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        Launch moved = new Launch(
                List.of("sleep", "1000"), folder, lab.launch("sleep").environment(), folder.resolve("gone/output"));
        assertFalse(order(app, moved, AFTER_ANY), "what was never started is not known to start");
        assertTrue(order(app, lab.launchMarked("next", "sleep", "1000"), AFTER_ANY));
        control.signal(app, ProcessLab.SIGKILL);
        lab.awaitExit(app);
        assertTrue(onLoop(() -> control.startedAfter(app)).isPresent());
        control.tree(app, "").forEach(member -> control.signal(member, ProcessLab.SIGKILL));
        ProcessLab.await("nothing of it is left", () -> control.isTreeEmpty(app));
    }

    @Test
    void anotherServiceFindsBothTheEndAndWhatWasStartedAfterIt() {
        ProcessIdentity app = lab.start(lab.launch("sleep", "1000"));
        assertTrue(order(app, lab.launchMarked("next", "sleep", "1001"), AFTER_ANY));
        control.signal(app, ProcessLab.SIGKILL);
        lab.awaitExit(app);

        try (LinuxProcessControl other = LinuxProcessControl.open(home)) {
            CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
            other.watch(app, exit::complete);

            assertEquals(new ExitStatus.Signal(ProcessLab.SIGKILL), ProcessLab.get(exit));
            assertEquals(control.tree(app, ""), other.tree(app, ""));
            assertEquals(
                    other.tree(app, ""),
                    other.find("next").map(ProcessControl.Marked::identity).stream()
                            .toList());
            assertEquals(Optional.empty(), other.startedAfter(app), "it is not this one's to take charge of");
        }
    }

    private boolean order(ProcessIdentity app, Launch next, Standing terms) {
        return onLoop(() -> control.order(app, next, terms));
    }

    private Launch launchMarked(String script) {
        return lab.launchMarked("next", "sh", "-c", script);
    }

    private void assertNothingStarted(ProcessIdentity app) {
        assertEquals(Optional.empty(), onLoop(() -> control.startedAfter(app)));
        assertEquals(List.of(), control.tree(app, ""));
        assertFalse(folder.resolve("started").toFile().exists());
    }

    private <T> T onLoop(Supplier<T> asked) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        control.loop().submit(() -> answer.complete(asked.get()));
        return ProcessLab.get(answer);
    }
}
