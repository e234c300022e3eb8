package org.jupyterrestart.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.StopSequence;

/**
 * One supervised app as the user wrote it, with every default filled in. Made by {@link AppSpecBuilder}.
 *
 * @param title the name people write
 * @param preset the preset it started from; {@code generic} where none
 * @param program how it is started; empty for an app that is only adopted
 * @param enabled whether automatic restarts are on when the app is first seen
 * @param autostart whether it is started with the service
 * @param whenIdle how long a scheduled restart waits for an idle moment
 * @param drainLimit how long a restart lets running work go on before it is interrupted, to be run again
 * @param notice how long before a scheduled restart people are warned; zero for no warning
 * @param startGrace the time it has to become ready
 * @param keep names of descendants that may outlive it
 * @param dependsOn apps that are started before it
 * @param unsaved what a restart does about documents that browser tabs could not save
 */
public record AppSpec(
        String name,
        String title,
        String preset,
        Life life,
        Optional<Program> program,
        boolean enabled,
        boolean autostart,
        Schedule schedule,
        Duration whenIdle,
        Duration drainLimit,
        Duration notice,
        StopSequence stop,
        Duration startGrace,
        List<String> keep,
        Limits limits,
        Optional<ProbeSpec> probe,
        RestartPolicy restart,
        Hooks hooks,
        List<String> dependsOn,
        Standby standby,
        Unsaved unsaved) {
    /** The preset of an app that names none. */
    public static final String GENERIC = "generic";

    /** What {@link #isName} asks for, in words. */
    public static final String NAME_RULE =
            "an app's name begins with a letter or a digit, and may hold letters, digits, dots, dashes and underscores only";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    public AppSpec {
        keep = List.copyOf(keep);
        dependsOn = List.copyOf(dependsOn);
        if (name.isBlank()) {
            throw new IllegalArgumentException("an app's name is blank");
        }
    }

    /** Whether an app may be called so: its files in the home have its name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** Where it is asked over HTTP, as far as that is known. */
    public Optional<Served> served() {
        return Presets.find(preset).flatMap(known -> program.flatMap(it -> Served.of(known, it)));
    }

    /** Whether it can be asked to give GPU memory back without a restart. */
    public boolean canFree() {
        return Presets.find(preset).filter(it -> it.canFree(served())).isPresent();
    }

    /** TCP ports of this machine that it is going to listen on, as far as that is known. */
    public Set<Integer> ports() {
        return ServedPorts.of(this);
    }

    /** The same app, started by {@code other}, and only when it is told to. */
    AppSpec startedBy(Program other) {
        return new AppSpec(
                name,
                title,
                preset,
                life,
                Optional.of(other),
                enabled,
                false,
                schedule,
                whenIdle,
                drainLimit,
                notice,
                stop,
                startGrace,
                keep,
                limits,
                probe,
                restart,
                hooks,
                dependsOn,
                standby,
                unsaved);
    }

    /** What it may be busy with. */
    public Work work() {
        return Presets.find(preset).map(Presets::work).orElse(Work.NONE);
    }

    /** What apps may be busy with: a planned restart waits for its end. */
    public enum Work {
        NONE,
        KERNELS,
        PROMPTS,
        REQUESTS
    }

    /** When a warm server stands by for an app that is restarted in place. */
    public enum Standby {
        RESTART,
        ALWAYS,
        NEVER
    }

    /** Whether a restart in place goes on where documents could not be saved: they stay open in their tabs. */
    public enum Unsaved {
        GO_ON,
        HOLD
    }
}
