package org.jupyterrestart.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jupyterrestart.config.AppSpec.Standby;
import org.jupyterrestart.config.AppSpec.Unsaved;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.StopSequence.Stage;

/** Reads one {@code [app.NAME]}. */
final class AppReader {
    private static final Duration LEAST = Duration.ofMillis(100);
    private static final String SHELL_SIGNS = "\"'\\`$&|;<>()*?~#";
    private static final long LEAST_SIZE = 1024;

    private final String name;
    private final TomlSection section;
    private final Path folder;
    private final Overrides overrides;
    private final ZoneId localZone;

    /** {@code folder} is the file's: paths are relative to it. */
    AppReader(String name, TomlSection section, Path folder, Overrides overrides, ZoneId localZone) {
        this.name = name;
        this.section = section;
        this.folder = folder;
        this.overrides = overrides;
        this.localZone = localZone;
    }

    AppSpec read() {
        Presets preset = section.text("preset", new Choice<>(List.of(Presets.values()), Presets::wireName))
                .orElse(Presets.ofApp(name));
        AppSpecBuilder spec = preset.start(name);
        section.text("title").ifPresent(spec::title);
        readProgram().ifPresent(spec::program);
        spec.enabled(section.flag("enabled").orElse(true) && !overrides.isDisabled());
        section.flag("autostart").ifPresent(spec::autostart);
        boolean isOverridden = preset == Presets.COMFYUI || preset == Presets.JUPYTERLAB;
        spec.schedule(new ScheduleReader(section, localZone).read(overrides.interval(), isOverridden));
        section.text("when_idle", Durations::parse).ifPresent(spec::whenIdle);
        section.text("drain_limit", Durations::parse).ifPresent(spec::drainLimit);
        section.text("notice", Durations::parse).ifPresent(spec::notice);
        readStop().ifPresent(spec::stop);
        duration(section, "start_grace").ifPresent(spec::startGrace);
        section.texts("keep").ifPresent(spec::keep);
        spec.limits(new Limits(
                size("memory_limit"), size("gpu_memory_limit"), size("disk_min_free"), size("kernel_memory_limit")));
        section.section("probe")
                .flatMap(probe -> new ProbeReader(probe, folder).read())
                .ifPresent(spec::probe);
        section.section("restart").map(AppReader::readRestart).ifPresent(spec::restart);
        HookReader hooks = new HookReader(section);
        spec.hooks(new Hooks(hooks.read("before", true), hooks.read("after", false), hooks.read("on_failure", false)));
        section.texts("depends_on").ifPresent(spec::dependsOn);
        section.text("standby", Choice.of(Standby.class)).ifPresent(spec::standby);
        section.text("unsaved", Choice.of(Unsaved.class)).ifPresent(spec::unsaved);
        section.refuseUnknownKeys();
        return spec.build();
    }

    private Optional<Program> readProgram() {
        Optional<List<String>> command = command(section, "command");
        Optional<Path> directory = section.text("directory", text -> Texts.path(text, folder));
        Map<String, String> environment = section.textTable("environment").orElse(Map.of());
        return command.map(words -> Program.of(words, directory, environment));
    }

    private Optional<StopSequence> readStop() {
        Optional<StopSequence> grace = duration(section, "grace").map(StopSequence::termThenKill);
        Optional<StopSequence> stop = section.texts("stop", Texts::stage).flatMap(this::stopSequence);
        if (section.has("grace") && section.has("stop")) {
            section.refuse("grace", "there is a `stop` as well: keep one of the two");
        }
        return stop.or(() -> grace);
    }

    private Optional<StopSequence> stopSequence(List<Stage> stages) {
        boolean isSure = !stages.isEmpty() && stages.getLast().signal() == StopSequence.KILL;
        return section.accept(
                "stop",
                isSure
                        ? new Parsed.Good<>(new StopSequence(stages))
                        : new Parsed.Bad<StopSequence>(
                                "it must end in \"KILL\", the only signal that can't be ignored"));
    }

    private OptionalLong size(String key) {
        return section.text(key, text -> Sizes.parse(text, LEAST_SIZE))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    private static RestartPolicy readRestart(TomlSection restart) {
        RestartPolicy usual = RestartPolicy.DEFAULT;
        RestartPolicy policy = new RestartPolicy(
                restart.text("on", Choice.of(RestartPolicy.On.class)).orElse(usual.on()),
                duration(restart, "backoff").orElse(usual.backoff()),
                restart.number("factor", 1).orElse(usual.factor()),
                duration(restart, "max").orElse(usual.max()),
                duration(restart, "reset").orElse(usual.reset()),
                restart.count("limit", 1).orElse(usual.limit()),
                duration(restart, "within").orElse(usual.within()),
                duration(restart, "slow_lane").orElse(usual.slowLane()));
        if (policy.max().compareTo(policy.backoff()) < 0) {
            String least = Durations.format(policy.backoff());
            restart.refuse("max", "it is shorter than backoff: make it %s or more".formatted(least));
        }
        restart.refuseUnknownKeys();
        return policy;
    }

    static Optional<Duration> duration(TomlSection section, String key) {
        return section.text(key, text -> Durations.parse(text, LEAST));
    }

    /** At least a program's name. */
    static Optional<List<String>> command(TomlSection section, String key) {
        if (section.isText(key)) {
            section.text(key)
                    .map(AppReader::asList)
                    .ifPresent(list -> section.refuse(key, "write it as a list: " + list));
            return Optional.empty();
        }
        return section.texts(key)
                .flatMap(words -> section.accept(
                        key,
                        words.isEmpty() || words.getFirst().isBlank()
                                ? new Parsed.Bad<List<String>>("it is empty: name a program")
                                : new Parsed.Good<>(words)));
    }

    /** What a line that was written as for a shell is in our file. */
    private static String asList(String line) {
        boolean isForShell = line.chars().anyMatch(each -> SHELL_SIGNS.indexOf(each) >= 0);
        return TomlText.value(
                isForShell ? List.of("sh", "-c", line) : List.of(line.strip().split("\\s+")));
    }
}
