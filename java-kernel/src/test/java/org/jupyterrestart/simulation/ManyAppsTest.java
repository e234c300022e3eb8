package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.UnmeasuredSampler;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.workload.Workload;

/** More apps than anybody has. */
class ManyAppsTest {
    private static final int APPS = 1000;

    /** Who has ended would be looked for among all processes of the machine: once for each, in a restart of many. */
    @Test
    void appThatEndsWhileOthersAreMeasuredIsNotLookedFor() {
        List<AppSpec> specs = List.of(app(0), app(1));
        List<List<ProcessIdentity>> measured = new ArrayList<>();
        AtomicReference<Runnable> onFirst = new AtomicReference<>(() -> {});
        Stage stage = stage(specs, processes -> {
            measured.add(processes);
            onFirst.getAndSet(() -> {}).run();
        });
        List<ProcessIdentity> first =
                List.of(stage.os.rootOf("app-0").orElseThrow().identity());
        onFirst.set(() -> {
            stage.os.exit(stage.os.rootOf("app-1").orElseThrow().identity(), new ExitStatus.Code(1));
            stage.pass(Duration.ZERO);
        });

        stage.supervisor.snapshot();
        stage.pass(Duration.ofSeconds(1));

        assertEquals(List.of(first), measured);
    }

    private static Stage stage(List<AppSpec> specs, Consumer<List<ProcessIdentity>> onMeasured) {
        return new Stage(
                new Config(Config.Service.DEFAULT, specs, List.of()),
                Workload.NONE,
                Stage.NO_CRON,
                new UnmeasuredSampler() {
                    @Override
                    public OptionalLong memoryOf(List<ProcessIdentity> processes) {
                        onMeasured.accept(processes);
                        return OptionalLong.of(1 << 20);
                    }
                });
    }

    private static AppSpec app(int number) {
        return new AppSpecBuilder("app-" + number)
                .program(Program.of(List.of("app"), Optional.empty(), Map.of()))
                .build();
    }

    /** Without an end where what is kept of each app is compared with each app at each of its measurements. */
    @Test
    @Timeout(40)
    void whoLooksAtManyHoldsNobodyUp() {
        List<AppSpec> specs =
                IntStream.range(0, APPS).mapToObj(ManyAppsTest::app).toList();
        Stage stage = stage(specs, _ -> {});

        stage.supervisor.snapshot();
        stage.pass(Duration.ofSeconds(10));

        assertEquals(
                List.of(OptionalLong.of(1 << 20)),
                stage.supervisor.snapshot().apps().stream()
                        .map(AppView::memoryBytes)
                        .distinct()
                        .toList());
    }
}
