package org.jupyterrestart.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec.Standby;
import org.jupyterrestart.config.AppSpec.Unsaved;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.StopSequence;

/** Makes an {@link AppSpec}; what is not said is the default of every app. */
public final class AppSpecBuilder {
    private final String name;
    private String title;
    private String preset = AppSpec.GENERIC;
    private Life life = Life.STOP_START;
    private Optional<Program> program = Optional.empty();
    private boolean isEnabled = true;
    private boolean isAutostart = true;
    private Schedule schedule = Schedule.everySixHours();
    private Duration whenIdle = Duration.ofMinutes(30);
    private Duration drainLimit = Duration.ofMinutes(2);
    private Duration notice = Duration.ZERO;
    private StopSequence stop = StopSequence.DEFAULT;
    private Duration startGrace = Duration.ofMinutes(2);
    private List<String> keep = List.of();
    private Limits limits = Limits.NONE;
    private Optional<ProbeSpec> probe = Optional.empty();
    private RestartPolicy restart = RestartPolicy.DEFAULT;
    private Hooks hooks = Hooks.NONE;
    private List<String> dependsOn = List.of();
    private Standby standby = Standby.RESTART;
    private Unsaved unsaved = Unsaved.GO_ON;

    public AppSpecBuilder(String name) {
        this.name = name;
        this.title = name;
    }

    public AppSpecBuilder title(String value) {
        title = value;
        return this;
    }

    public AppSpecBuilder preset(String value) {
        preset = value;
        return this;
    }

    public AppSpecBuilder life(Life value) {
        life = value;
        return this;
    }

    public AppSpecBuilder program(Program value) {
        program = Optional.of(value);
        return this;
    }

    public AppSpecBuilder enabled(boolean value) {
        isEnabled = value;
        return this;
    }

    public AppSpecBuilder autostart(boolean value) {
        isAutostart = value;
        return this;
    }

    public AppSpecBuilder schedule(Schedule value) {
        schedule = value;
        return this;
    }

    public AppSpecBuilder drainLimit(Duration value) {
        drainLimit = value;
        return this;
    }

    public AppSpecBuilder whenIdle(Duration value) {
        whenIdle = value;
        return this;
    }

    public AppSpecBuilder notice(Duration value) {
        notice = value;
        return this;
    }

    public AppSpecBuilder stop(StopSequence value) {
        stop = value;
        return this;
    }

    public AppSpecBuilder startGrace(Duration value) {
        startGrace = value;
        return this;
    }

    public AppSpecBuilder keep(List<String> value) {
        keep = value;
        return this;
    }

    public AppSpecBuilder limits(Limits value) {
        limits = value;
        return this;
    }

    public AppSpecBuilder probe(ProbeSpec value) {
        probe = Optional.of(value);
        return this;
    }

    public AppSpecBuilder restart(RestartPolicy value) {
        restart = value;
        return this;
    }

    public AppSpecBuilder hooks(Hooks value) {
        hooks = value;
        return this;
    }

    public AppSpecBuilder dependsOn(List<String> value) {
        dependsOn = value;
        return this;
    }

    public AppSpecBuilder standby(Standby value) {
        standby = value;
        return this;
    }

    public AppSpecBuilder unsaved(Unsaved value) {
        unsaved = value;
        return this;
    }

    private Optional<ProbeSpec> usualProbe() {
        return Presets.find(preset).flatMap(known -> program.flatMap(known::probe));
    }

    public AppSpec build() {
        return new AppSpec(
                name,
                title,
                preset,
                life,
                program,
                isEnabled,
                isAutostart,
                schedule,
                whenIdle,
                drainLimit,
                notice,
                stop,
                startGrace,
                keep,
                limits,
                probe.or(this::usualProbe),
                restart,
                hooks,
                dependsOn,
                standby,
                unsaved);
    }
}
