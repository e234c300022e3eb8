package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.Program;

/** What the real supervisor makes of the GPU memory of an app, on a virtual clock. */
class GpuMemoryTest {
    private static final long GB = 1L << 30;

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
        Stage stage = stage(work().limits(
                new Limits(OptionalLong.empty(), OptionalLong.of(10 * GB), OptionalLong.empty())));
        stage.gpus.give(pid(stage), 3 * GB);
        stage.pass(Duration.ofMinutes(5));
        long seq = stage.log.lastSeq();
        stage.gpus.give(pid(stage), 11 * GB);

        stage.pass(Duration.ofMinutes(1));

        assertEquals(
                List.of("work limit.reached", "work restart.initiated"),
                stage.toldAfter(seq).subList(0, 2));
        assertEquals("gpu-memory", stage.view("work").orElseThrow().lastReason().orElseThrow().wireName());
    }
}
