package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.workload.Workload;

/** What the real supervisor makes of the GPU memory of an app, on a virtual clock. */
class GpuMemoryTest {
    private static final long GB = 1L << 30;

    private static final Limits TEN_GB =
            new Limits(OptionalLong.empty(), OptionalLong.of(10 * GB), OptionalLong.empty());

    private static AppSpecBuilder work() {
        return new AppSpecBuilder("work").program(Program.of(List.of("work"), Optional.empty(), Map.of()));
    }

    private static Stage stage(AppSpecBuilder app) {
        return new Stage(new Config(Config.Service.DEFAULT, List.of(app.build()), List.of()));
    }

    private static int pid(Stage stage) {
        return stage.os.rootOf("work").orElseThrow().identity().pid();
    }

    private static OptionalLong told(Stage stage) {
        stage.view("work");
        stage.pass(Duration.ofSeconds(1));
        return stage.view("work").orElseThrow().gpuMemoryBytes();
    }

    @Test
    void memoryOfTheTreeIsInTheSnapshot() {
        Stage stage = stage(work());
        stage.gpus.give(pid(stage), 3 * GB);
        stage.gpus.give(99, 5 * GB);

        assertEquals(OptionalLong.of(3 * GB), told(stage));
    }

    @Test
    void memoryThatTheDriverDoesNotTellIsMissing() {
        Stage stage = stage(work());
        stage.gpus.give(pid(stage), 3 * GB);
        stage.gpus.hidePids();

        assertEquals(OptionalLong.empty(), told(stage));
    }

    @Test
    void nothingIsAskedWhileNobodyLooks() {
        Stage stage = stage(work());
        int asked = stage.gpus.asked();

        stage.pass(Duration.ofHours(1));

        assertEquals(asked, stage.gpus.asked());
    }

    @Test
    void passingTheLimitRestarts() {
        Stage stage = stage(work().limits(TEN_GB));
        stage.gpus.give(pid(stage), 3 * GB);
        stage.pass(Duration.ofMinutes(5));
        long seq = stage.log.lastSeq();
        stage.gpus.give(pid(stage), 11 * GB);

        stage.pass(Duration.ofMinutes(1));

        assertEquals(
                List.of("work limit.reached", "work restart.initiated"),
                stage.toldAfter(seq).subList(0, 2));
        assertEquals(
                "gpu-memory",
                stage.view("work").orElseThrow().lastReason().orElseThrow().wireName());
    }

    @Test
    void limitThatNobodyCanWatchIsTold() {
        Stage stage = stage(work().limits(TEN_GB));
        stage.gpus.hidePids();
        stage.pass(Duration.ofMinutes(1));
        assertEquals(List.of(), stage.view("work").orElseThrow().notes(), "it uses no GPU yet");

        stage.gpus.give(pid(stage), 3 * GB);
        stage.pass(Duration.ofMinutes(1));

        assertEquals(
                List.of("gpu_limit_unwatched"),
                stage.view("work").orElseThrow().notes().stream()
                        .map(Note::code)
                        .toList());
    }

    private static AppSpecBuilder onItsPort() {
        return work().preset("comfyui")
                .program(Program.of(List.of("main", "--port", "8188"), Optional.empty(), Map.of()));
    }

    private static Stage comfyUi() {
        Stage stage = stage(onItsPort());
        stage.pass(Duration.ofSeconds(5));
        return stage;
    }

    private static Stage comfyUiWithMemory() {
        Stage stage = comfyUi();
        stage.gpus.give(pid(stage), 8 * GB);
        return stage;
    }

    /** What it had is nobody's when it has ended, and still in use for {@code time}. */
    private static Stage comfyUiWithMemory(Duration time) {
        Stage stage = comfyUiWithMemory();
        stage.os.onExit(process -> {
            stage.gpus.give(process.identity().pid(), 0);
            stage.gpus.add(8 * GB);
            stage.clock.after(time, () -> stage.gpus.add(-8 * GB));
        });
        return stage;
    }

    /** Types and messages of what tells of GPUs and ports. */
    private static List<String> story(Stage stage, long seq) {
        return stage.log.since(seq, 1_000).stream()
                .filter(event -> event.type().wireName().matches("app\\.(gpu_.*|blocked)"))
                .map(event -> event.type().wireName() + ": " + event.message())
                .toList();
    }

    @Test
    void stopWaitsUntilTheMemoryIsBack() throws RefusedException {
        Stage stage = comfyUiWithMemory(Duration.ofSeconds(3));
        long seq = stage.log.lastSeq();

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(2));
        assertEquals("verifying", stage.state("work"));
        assertEquals(
                Optional.of("Waits for its GPU memory to come back"),
                stage.view("work").orElseThrow().message());
        stage.pass(Duration.ofSeconds(5));

        assertEquals("running", stage.state("work"));
        assertEquals(
                List.of("app.gpu_freed: work gave back 8 GB of GPU memory in 3.0 s"),
                story(stage, seq).stream()
                        .map(line -> line.replaceFirst("3\\.\\d s", "3.0 s"))
                        .toList());
    }

    @Test
    void serviceThatComesBackWaitsForTheMemoryThatTheOneBeforeItHadMeasured() throws RefusedException {
        Stage stage = comfyUiWithMemory(Duration.ofSeconds(9));

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(2));
        stage.away(Duration.ofSeconds(3));
        assertEquals("verifying", stage.state("work"));
        long seq = stage.log.lastSeq();
        stage.pass(Duration.ofSeconds(6));

        assertEquals("running", stage.state("work"));
        assertEquals(
                List.of("app.gpu_freed: work gave back 8 GB of GPU memory"),
                story(stage, seq).stream()
                        .map(line -> line.replaceFirst(" in .*", ""))
                        .toList());
        assertEquals(List.of(), stage.store.loadGpus());
    }

    /** A driver names processes of other users, too, whose open files are not seen. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memoryThatNeverComesBackIsToldAndTheAppIsStarted(boolean isOpenSeen) throws RefusedException {
        Stage stage = comfyUiWithMemory(Duration.ofDays(1));
        int other = stage.os.start("").identity().pid();
        stage.gpus.give(other, GB);
        stage.os.hasGpu(pid -> isOpenSeen && stage.gpus.of(pid) > 0);
        long seq = stage.log.lastSeq();

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(30));

        assertEquals("running", stage.state("work"));
        assertEquals(
                List.of("app.gpu_held: 8 GB of the GPU memory that work had is not back after 20 s."
                        + " GPUs are held by simulated (pid %d) with 1 GB".formatted(other)),
                story(stage, seq));
    }

    @Test
    void theGpuWhoseMemoryIsHeldIsNamedWhereThereAreSeveral() throws RefusedException {
        Stage stage = comfyUiWithMemory(Duration.ofDays(1));
        stage.gpus.addIdleNeighbour();
        long seq = stage.log.lastSeq();

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(30));
        assertEquals(
                List.of(
                        "8 GB of the GPU memory that work had is not back after 20 s: it is missing on GPU 1 (Simulated)"),
                story(stage, seq).stream()
                        .map(line -> line.replaceFirst("app.gpu_held: (.*?)\\. .*", "$1"))
                        .toList());
    }

    @Test
    void gpuThatIsLostMeanwhileIsToldAndTheAppIsStarted() throws RefusedException {
        Stage stage = comfyUiWithMemory();
        stage.os.onExit(process -> stage.gpus.lose("it has fallen off the bus"));
        long seq = stage.log.lastSeq();

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(30));
        assertEquals("running", stage.state("work"));
        assertEquals(
                List.of("app.gpu_held: Whether the GPU memory that work had is back could not be measured:"
                        + " it has fallen off the bus"),
                story(stage, seq));
    }

    @Test
    void anEarlierRunsLeftoverIsEndedAndAStrangerIsNot() throws RefusedException {
        Stage stage = comfyUiWithMemory();
        SimulatedOs.Process stranger = stage.os.start("");
        stage.gpus.give(stranger.identity().pid(), GB);
        SimulatedOs.Process leftover = stage.os.leftBehind("work", "/home:work-0");
        stage.gpus.give(leftover.identity().pid(), 1);
        // Its memory was the app's: a context that both share.
        stage.os.onExit(process -> {
            stage.gpus.give(process.identity().pid(), 0);
            stage.gpus.add(process.equals(leftover) ? -8 * GB : 8 * GB);
        });

        long seq = stage.log.lastSeq();

        stage.supervisor.stop("work");
        stage.pass(Duration.ofMinutes(1));

        assertEquals(
                List.of(true, false),
                List.of(stage.os.isAlive(stranger.identity()), stage.os.isAlive(leftover.identity())));
        assertEquals(
                1,
                story(stage, seq).stream()
                        .filter(line -> line.startsWith("app.gpu_freed"))
                        .count());
        assertEquals("stopped", stage.state("work"));
    }

    @Test
    void portThatSomebodyElseHasHoldsTheStartBack() throws RefusedException {
        Stage stage = comfyUi();
        SimulatedOs.Process stranger = stage.os.start("");
        stage.os.listen(8188, stranger.identity());
        long seq = stage.log.lastSeq();

        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(5));

        assertEquals("waiting", stage.state("work"));
        String blocked =
                "work is not started: port 8188 is held by simulated (pid %d). End that, or give the app another"
                        + " port. It is started as soon as that is over";
        String message = blocked.formatted(stranger.identity().pid());
        assertEquals(List.of("app.blocked: " + message), story(stage, seq));
        AppView held = stage.view("work").orElseThrow();
        assertEquals(Optional.of(message), held.message());
        assertEquals("starting", held.restart().orElseThrow().step(), "waiting is no step of a restart");

        stage.os.exit(stranger.identity(), new ExitStatus.Code(0));
        stage.pass(Duration.ofSeconds(5));

        assertEquals("running", stage.state("work"));
        assertEquals(
                List.of("work restart.completed"),
                stage.toldAfter(seq).reversed().subList(0, 1));
    }

    @Test
    void appThatIsHeldBackCanBeStopped() throws RefusedException {
        Stage stage = comfyUi();
        stage.os.listen(8188, stage.os.start("").identity());
        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();

        stage.supervisor.stop("work");
        stage.pass(Duration.ofSeconds(5));

        assertEquals("stopped", stage.state("work"));
        assertEquals(List.of("work restart.called_off", "work app.stopped"), stage.toldAfter(seq));
    }

    /** May have 10 GB of GPU memory, and is asked by {@code free} to give some back. */
    private static Stage limited(Function<Stage, Optional<String>> free) {
        AppSpecBuilder app = onItsPort().limits(TEN_GB);
        AtomicReference<Stage> self = new AtomicReference<>();
        Stage stage = new Stage(new Config(Config.Service.DEFAULT, List.of(app.build()), List.of()), new Workload() {
            @Override
            public Work ask(App asked, Work.Ask ask) {
                return Work.NONE;
            }

            @Override
            public Optional<String> freeMemory(App asked) {
                return free.apply(self.get());
            }

            @Override
            public void told(String name, Work work) {}
        });
        self.set(stage);
        stage.gpus.give(pid(stage), 3 * GB);
        stage.pass(Duration.ofMinutes(15));
        return stage;
    }

    private static List<String> of(Stage stage, long seq) {
        return stage.log.since(seq, 1_000).stream()
                .filter(event -> event.type().wireName().matches("limit.*|app.memory_freed|restart.initiated"))
                .map(event -> event.type().wireName() + ": " + event.message())
                .toList();
    }

    private static final String REACHED = "limit.reached: work has 11 GB of GPU memory, and its limit is 10 GB.";

    @Test
    void whatTheAppCanGiveBackByItselfComesBeforeARestart() {
        Stage stage = limited(it -> {
            it.clock.after(Duration.ofSeconds(7), () -> it.gpus.give(pid(it), 4 * GB));
            return Optional.empty();
        });
        int pid = pid(stage);
        long seq = stage.log.lastSeq();
        stage.gpus.give(pid, 11 * GB);
        stage.pass(Duration.ofMinutes(5));

        assertEquals(
                List.of(
                        REACHED,
                        "app.memory_freed: work was asked to give GPU memory back: it had 11 GB, and has 4 GB now"),
                of(stage, seq));
        assertEquals(pid, pid(stage));

        // And once more, for it helped.
        stage.gpus.give(pid, 11 * GB);
        stage.pass(Duration.ofMinutes(5));
        assertEquals(4, of(stage, seq).size());
        assertEquals(pid, pid(stage));
    }

    private static void checkRestarted(String freed, Function<Stage, Optional<String>> free) {
        Stage stage = limited(free);
        long seq = stage.log.lastSeq();
        stage.gpus.give(pid(stage), 11 * GB);
        stage.pass(Duration.ofMinutes(2));

        assertEquals(
                List.of(REACHED, "app.memory_freed: " + freed, "restart.initiated: GPU-memory restart of work"),
                of(stage, seq));
    }

    @Test
    void restartFollowsWhereThatWasNotEnough() {
        checkRestarted("work was asked to give GPU memory back: it had 11 GB, and has 9.5 GB now", it -> {
            it.gpus.give(pid(it), 19 * GB / 2);
            return Optional.empty();
        });
    }

    @Test
    void restartFollowsWhereTheAppCannotBeAsked() {
        checkRestarted(
                "work could not be asked to give GPU memory back: it answered 500",
                _ -> Optional.of("it answered 500"));
    }
}
