package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NEXT;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.Limits.Resource;
import org.jupyterrestart.lifecycle.AppEvent.Foreseen;
import org.jupyterrestart.lifecycle.AppEvent.Freed;
import org.jupyterrestart.lifecycle.AppEvent.Measured;
import org.jupyterrestart.lifecycle.AppState.Running;
import org.jupyterrestart.lifecycle.AppState.Starting;

/** What limits do to a ComfyUI that may have 20 GB of memory and of GPU memory, and wants 2 GB of free disk. */
class LimitingTest {
    private static final long GB = 1L << 30;
    private static final Limits LIMITS =
            new Limits(OptionalLong.of(20 * GB), OptionalLong.of(20 * GB), OptionalLong.of(2 * GB));

    private App app = comfyUi(new Running(new Instance(PROCESS, "comfyui-1", NOW, Optional.of(NOW))))
            .with(comfyUi().limits(LIMITS).build());

    /** What is told, as {@code type: message}. */
    private List<String> happens(AppEvent event, Duration later) {
        Step step = MACHINE.step(app, event, later(later));
        app = step.app();
        return step.told().stream()
                .map(draft -> draft.type().wireName() + ": " + draft.message())
                .toList();
    }

    private static Now later(Duration by) {
        return new Now(NOW.wall().plus(by), NOW.nanos() + by.toNanos());
    }

    private static Measured memory(long gb) {
        return new Measured(PROCESS, Resource.MEMORY, gb * GB, gb * GB);
    }

    private static Measured disk(long free, long held) {
        return new Measured(PROCESS, Resource.DISK, free * GB, held * GB);
    }

    private static final String INITIATED = "restart.initiated: %s restart of ComfyUI";

    /** Without the steps of a restart behind its beginning. */
    private static List<String> begun(List<String> told) {
        return told.stream()
                .filter(line -> line.startsWith("limit") || line.startsWith("restart.initiated"))
                .toList();
    }

    @Test
    void memoryThatPassesItsLimitIsToldAndTheAppRestarted() {
        assertEquals(List.of(), happens(memory(5), Duration.ofSeconds(5)));
        assertEquals(
                List.of(
                        "limit.reached: ComfyUI has 20 GB of memory, and its limit is 20 GB.",
                        INITIATED.formatted("Memory")),
                begun(happens(memory(20), Duration.ofMinutes(3))));
    }

    @Test
    void gpuMemoryIsLimitedLikewise() {
        happens(new Measured(PROCESS, Resource.GPU_MEMORY, GB, GB), Duration.ofSeconds(5));
        assertEquals(
                List.of(
                        "limit.reached: ComfyUI has 21 GB of GPU memory, and its limit is 20 GB.",
                        INITIATED.formatted("GPU-memory")),
                begun(happens(new Measured(PROCESS, Resource.GPU_MEMORY, 21 * GB, 21 * GB), Duration.ofMinutes(3))));
    }

    @Test
    void appThatNeedsMoreThanItsLimitFromTheStartIsToldOfOnceAndNeverRestartedForIt() {
        assertEquals(
                List.of("limit.reached: ComfyUI has 21 GB of memory, and its limit is 20 GB."
                        + " It has needed more since it started, so a restart would not help: raise the limit."),
                happens(memory(21), Duration.ofSeconds(5)));
        assertEquals(List.of(), happens(memory(22), Duration.ofSeconds(10)));
        assertEquals(List.of(), happens(memory(22), Duration.ofHours(5)));
    }

    @Test
    void secondRestartForOneLimitComesNoSoonerThanTheCrashCountIsReset() {
        app = app.withHistory(app.history().withCompleted(new History.LastRestart(NOW.wall(), Reason.MEMORY)));
        happens(memory(5), Duration.ofSeconds(5));
        assertEquals(
                List.of("limit.reached: ComfyUI has 20 GB of memory, and its limit is 20 GB."
                        + " It was restarted for this a moment ago, and is not again so soon: raise the limit."),
                happens(memory(20), Duration.ofMinutes(9)));
        assertEquals(List.of(INITIATED.formatted("Memory")), begun(happens(memory(20), Duration.ofMinutes(10))));
    }

    @Test
    void limitOfAnAppThatIsSwitchedOffIsOnlyTold() {
        app = app.enabled(false);
        happens(memory(5), Duration.ofSeconds(5));
        assertEquals(
                List.of("limit.reached: ComfyUI has 20 GB of memory, and its limit is 20 GB."
                        + " Automatic restarts are off."),
                happens(memory(20), Duration.ofMinutes(9)));
    }

    @Test
    void startingAppIsNeverJudged() {
        Instance unready = new Instance(PROCESS, "comfyui-1", NOW, Optional.empty());
        app = app.with(new Starting(unready, Samples.inSeconds(120)));
        App before = app;
        assertEquals(List.of(), happens(memory(30), Duration.ofSeconds(5)));
        assertEquals(List.of(), happens(foreseen(Duration.ofMinutes(1)), Duration.ofSeconds(5)));
        assertEquals(before, app);
    }

    @Test
    void fullDiskIsToldOnceUntilThereIsRoomAgain() {
        String told = "limit.reached: The disk of ComfyUI has 1 GB free, less than its disk_min_free of 2 GB."
                + " A restart would not free enough, so there is none: make room on its disk.";
        assertEquals(List.of(told), happens(disk(1, 0), Duration.ofMinutes(1)));
        assertEquals(List.of(), happens(disk(1, 0), Duration.ofMinutes(2)));
        assertEquals(List.of(), happens(disk(3, 0), Duration.ofMinutes(3)));
        assertEquals(List.of(told), happens(disk(1, 0), Duration.ofMinutes(4)));
    }

    @Test
    void fullDiskIsPutRightByARestartWhereTheAppHoldsWhatWasDeleted() {
        assertEquals(
                List.of(
                        "limit.reached: The disk of ComfyUI has 1 GB free, less than its disk_min_free of 2 GB.",
                        INITIATED.formatted("Disk")),
                begun(happens(disk(1, 3), Duration.ofMinutes(1))));
    }

    private static Foreseen foreseen(Duration left) {
        return new Foreseen(PROCESS, Resource.MEMORY, 15 * GB, left);
    }

    @Test
    void limitThatIsForeseenIsToldOnceAndTheAppRestartedWhenItIsTime() {
        assertEquals(
                List.of("limit.predicted: ComfyUI has 15 GB of memory, and reaches its limit of 20 GB in about 50 min"),
                happens(foreseen(Duration.ofMinutes(50)), Duration.ofHours(1)));
        assertEquals(List.of(), happens(foreseen(Duration.ofMinutes(40)), Duration.ofMinutes(70)));
        assertEquals(
                List.of(INITIATED.formatted("Memory")),
                begun(happens(foreseen(Duration.ofMinutes(30)), Duration.ofMinutes(80))));
    }

    @Test
    void gpuMemoryIsAskedForBeforeARestartForAForeseenLimit() {
        app = app.with(comfyUi().preset("comfyui").limits(LIMITS).build());
        Foreseen foreseen = new Foreseen(PROCESS, Resource.GPU_MEMORY, 19 * GB, Duration.ofMinutes(5));
        assertEquals(
                List.of(
                        "limit.predicted: ComfyUI has 19 GB of GPU memory, and reaches its limit of 20 GB in about 5 min"),
                happens(foreseen, Duration.ofHours(1)));
        assertEquals(List.of(), happens(foreseen, Duration.ofMinutes(61)), "while it is asked");
        assertEquals(
                List.of("app.memory_freed: ComfyUI was asked to give GPU memory back: it had 19 GB, and has 19 GB now"),
                happens(new Freed(PROCESS, 19 * GB, 19 * GB, Optional.empty()), Duration.ofMinutes(62)));
        assertEquals(List.of(), happens(new Measured(PROCESS, Resource.GPU_MEMORY, GB, GB), Duration.ofMinutes(63)));
        assertEquals(List.of(INITIATED.formatted("GPU-memory")), begun(happens(foreseen, Duration.ofMinutes(64))));
    }

    @Test
    void foreseenLimitIsNoNewsWhereARestartIsPlannedBefore() {
        assertEquals(
                List.of(),
                happens(
                        foreseen(Duration.ofMinutes(50)),
                        Duration.between(NOW.wall(), NEXT).minusMinutes(10)));
    }
}
