package org.jupyterrestart.simulation;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
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
import org.jupyterrestart.output.OutputLimits;

/** A config file that someone edits: {@code work} with other words, without it, or with some of {@code lab} too. */
final class SimulatedConfig {
    /** On which {@code work} listens. */
    static final int PORT = 8188;

    private static final Config.Service SERVICE = new Config.Service(
            Optional.empty(),
            Optional.empty(),
            1 << 20,
            1,
            OutputLimits.USUAL,
            Duration.ofSeconds(30),
            Optional.empty());

    private static final Limits LIMITS = new Limits(
            OptionalLong.of(SimulatedSampler.MEMORY_LIMIT),
            OptionalLong.of(4L << 30),
            OptionalLong.of(SimulatedSampler.DISK_LIMIT));

    private final RandomGenerator random;

    /** Not edited: one that was not started with the service is not started by an edit either. */
    private final boolean isBaseStarted;

    private final boolean isLabStarted;

    private Config config;

    SimulatedConfig(RandomGenerator random) {
        this.random = random;
        isBaseStarted = random.nextBoolean();
        isLabStarted = random.nextBoolean();
        config = of(List.of(base(), work()));
    }

    boolean isLabStarted() {
        return isLabStarted;
    }

    InForce inForce() {
        return new InForce(Optional.empty(), "", config, List.of());
    }

    void edit() {
        config = of(
                switch (random.nextInt(4)) {
                    case 0 -> List.of();
                    case 1 -> List.of(base(), work(), lab());
                    default -> List.of(base(), work());
                });
    }

    private static Config of(List<AppSpec> apps) {
        return new Config(SERVICE, apps, List.of());
    }

    /** What the others may depend on. */
    private AppSpec base() {
        return new AppSpecBuilder("base")
                .program(Program.of(List.of("base"), Optional.empty(), Map.of()))
                .autostart(isBaseStarted)
                .schedule(random.nextBoolean() ? Schedule.never() : new Schedule.Cron("*/7 * * * *", manners()))
                .limits(LIMITS)
                .build();
    }

    private Schedule.Manners manners() {
        return new Schedule.Manners(
                Duration.ofMinutes(random.nextInt(3)),
                random.nextBoolean() ? List.of() : List.of(new Schedule.Quiet(LocalTime.of(0, 30), LocalTime.of(1, 0))),
                random.nextBoolean() ? Schedule.Missed.ONCE : Schedule.Missed.SKIP,
                ZoneOffset.UTC);
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
                .schedule(new Schedule.Every(Duration.ofMinutes(10), manners()))
                .dependsOn(random.nextInt(3) == 0 ? List.of() : List.of("base"))
                .limits(LIMITS)
                .notice(random.nextBoolean() ? Duration.ofMinutes(1) : Duration.ZERO)
                .restart(policy)
                .hooks(random.nextBoolean() ? new Hooks(List.of(hook), List.of(hook), List.of(hook)) : Hooks.NONE)
                .build();
    }

    /** Other manners for an app that comes by itself. */
    private AppSpec lab() {
        return new AppSpecBuilder("lab")
                .preset("jupyterlab")
                .life(Life.IN_PLACE)
                .autostart(isLabStarted)
                .unsaved(AppSpec.Unsaved.values()[random.nextInt(2)])
                .dependsOn(random.nextBoolean() ? List.of() : List.of("work"))
                .schedule(random.nextBoolean() ? Schedule.never() : Schedule.everySixHours())
                .enabled(random.nextBoolean())
                .build();
    }
}
