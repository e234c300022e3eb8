package org.jupyterrestart.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.ConfigFile.InForce;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hooks;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.Schedule;

/** A config file that someone edits: {@code work} with other words, without it, or with some of {@code lab} too. */
final class SimulatedConfig {
    /** On which {@code work} listens. */
    static final int PORT = 8188;

    private static final Limits ON_GPU =
            new Limits(OptionalLong.empty(), OptionalLong.of(4L << 30), OptionalLong.empty());

    private final RandomGenerator random;
    private Config config;

    SimulatedConfig(RandomGenerator random) {
        this.random = random;
        config = of(List.of(work()));
    }

    InForce inForce() {
        return new InForce(Optional.empty(), "", config, List.of());
    }

    void edit() {
        config = of(
                switch (random.nextInt(4)) {
                    case 0 -> List.of();
                    case 1 -> List.of(work(), lab());
                    default -> List.of(work());
                });
    }

    private static Config of(List<AppSpec> apps) {
        return new Config(Config.Service.DEFAULT, apps, List.of());
    }

    private AppSpec work() {
        RestartPolicy policy = new RestartPolicy(
                RestartPolicy.On.values()[random.nextInt(3)],
                Duration.ofSeconds(1),
                2,
                Duration.ofMinutes(1),
                Duration.ofMinutes(10),
                3,
                Duration.ofMinutes(2),
                Duration.ofMinutes(4));
        Hook hook = new Hook(new Hook.Deed.Run(List.of("hook")), Duration.ofSeconds(3), random.nextBoolean());
        return new AppSpecBuilder("work")
                .preset("comfyui")
                .program(Program.of(List.of("work", "--port", "8188"), Optional.empty(), Map.of()))
                .schedule(new Schedule.Every(Duration.ofMinutes(10), Schedule.Manners.PLAIN))
                .notice(random.nextBoolean() ? Duration.ofMinutes(1) : Duration.ZERO)
                .restart(policy)
                .limits(random.nextInt(8) == 0 ? ON_GPU : Limits.NONE)
                .hooks(random.nextBoolean() ? new Hooks(List.of(hook), List.of(hook), List.of()) : Hooks.NONE)
                .build();
    }

    /** Other manners for an app that comes by itself. */
    private AppSpec lab() {
        return new AppSpecBuilder("lab")
                .preset("jupyterlab")
                .life(Life.IN_PLACE)
                .unsaved(AppSpec.Unsaved.values()[random.nextInt(2)])
                .schedule(random.nextBoolean() ? Schedule.NEVER : Schedule.DEFAULT)
                .enabled(random.nextBoolean())
                .build();
    }
}
