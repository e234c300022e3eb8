package org.jupyterrestart.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.Config.Service;
import org.jupyterrestart.config.Config.Webhook;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.output.OutputLimits;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/** Reads {@code restart.toml}: either the whole file is good, or everything that is wrong with it is told at once. */
public final class ConfigLoader {
    private static final TomlPosition START = TomlPosition.positionAt(1, 1);
    private static final Duration LEAST_SAMPLE = Duration.ofMillis(100);

    private static final Duration LEAST_MACHINE = Duration.ofMinutes(1);

    private static final Duration LEAST_ROTATE = Duration.ofSeconds(1);
    private static final long LEAST_LOG = 1024;

    private final Overrides overrides;
    private final ZoneId localZone;
    private final Optional<GivenApp> given;

    /** {@code localZone} is the time zone of schedules that name none. */
    public ConfigLoader(Overrides overrides, ZoneId localZone) {
        this(overrides, localZone, Optional.empty());
    }

    /** {@code given} is part of every config that is loaded. */
    public ConfigLoader(Overrides overrides, ZoneId localZone, Optional<GivenApp> given) {
        this.overrides = overrides;
        this.localZone = localZone;
        this.given = given;
    }

    /** What became of a file. */
    public sealed interface Result {
        record Loaded(Config config) implements Result {}

        /** Each as {@code FILE:LINE:COLUMN: message}, in the order of the file. */
        record Rejected(List<String> problems) implements Result {
            public Rejected {
                problems = List.copyOf(problems);
            }
        }
    }

    public Result load(Path file) {
        try {
            return parse(file, ConfigText.read(file));
        } catch (IOException e) {
            return unreadable(file, e);
        }
    }

    static Result.Rejected unreadable(Path file, IOException cause) {
        Problems problems = new Problems(file);
        if (cause instanceof ConfigText.NotUtf8Exception it) {
            problems.add(it.position(), it.getMessage());
        } else {
            problems.add(
                    START, "can't be read (%s): name a file that exists and is yours to read".formatted(why(cause)));
        }
        return new Result.Rejected(problems.lines());
    }

    private static String why(IOException cause) {
        return switch (cause) {
            case NoSuchFileException _ -> "it does not exist";
            case AccessDeniedException _ -> "its permissions do not let us";
            default -> String.valueOf(cause.getMessage());
        };
    }

    /** {@code text} as the content of {@code file}, which is not read. */
    public Result parse(Path file, String text) {
        Problems problems = new Problems(file);
        TomlParseResult toml = Toml.parse(text);
        for (TomlParseError error : toml.errors()) {
            problems.add(error.position(), error.getMessage());
        }
        TomlSection top = new TomlSection(toml, "", START, problems);
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        Config config = new Config(readService(top, folder), readApps(top, folder), readWebhooks(top));
        top.refuseUnknownKeys();
        return problems.isEmpty() ? new Result.Loaded(withGiven(config)) : new Result.Rejected(problems.lines());
    }

    /** What runs without a file. */
    public Config withoutFile() {
        return withGiven(new Config(usualService(), List.of(), List.of()));
    }

    private Service usualService() {
        Service usual = Service.DEFAULT;
        Optional<Path> log = overrides.log().or(usual::log);
        return new Service(
                usual.home(),
                log,
                usual.logMaxSize(),
                usual.logKeep(),
                usual.output(),
                usual.sampleEvery(),
                usual.machineEndsAfter());
    }

    private Config withGiven(Config config) {
        return given.map(app -> app.joinTo(config, specOf(app.name(), Presets.ofApp(app.name()))))
                .orElse(config);
    }

    /** An app that no file speaks of: adopted, say. */
    public AppSpec specOf(String name, Presets preset) {
        Problems none = new Problems(Path.of(name));
        TomlSection empty =
                new TomlSection(Toml.parse("preset = \"%s\"".formatted(preset.wireName())), name, START, none);
        return new AppReader(name, empty, Path.of("/"), overrides, localZone).read();
    }

    private Service readService(TomlSection top, Path folder) {
        return top.section("service")
                .map(section -> {
                    Service usual = Service.DEFAULT;
                    Optional<Path> home = section.text("home", text -> Texts.path(text, folder));
                    Optional<Path> log = section.text("log", text -> Texts.path(text, folder));
                    Service service = new Service(
                            home,
                            overrides.log().or(() -> log),
                            section.text("log_max_size", text -> Sizes.parse(text, LEAST_LOG))
                                    .orElse(usual.logMaxSize()),
                            section.count("log_keep", 0).orElse(usual.logKeep()),
                            readOutput(section),
                            section.text("sample_every", text -> Durations.parse(text, LEAST_SAMPLE))
                                    .orElse(usual.sampleEvery()),
                            section.text("machine_ends_after", text -> Durations.parse(text, LEAST_MACHINE)));
                    section.refuseUnknownKeys();
                    return service;
                })
                .orElseGet(this::usualService);
    }

    private static OutputLimits readOutput(TomlSection section) {
        OutputLimits usual = OutputLimits.USUAL;
        return new OutputLimits(
                section.text("output_max_size", text -> Sizes.parse(text, LEAST_LOG))
                        .orElse(usual.maxBytes()),
                section.text("output_rotate", ConfigLoader::parseRotate).orElse(usual.every()),
                section.count("output_keep", 1).orElse(usual.keep()));
    }

    private static Parsed<Optional<Duration>> parseRotate(String text) {
        if (text.equals("never")) {
            return new Parsed.Good<>(Optional.empty());
        }
        return switch (Durations.parse(text, LEAST_ROTATE)) {
            case Parsed.Good<Duration>(Duration every) -> new Parsed.Good<>(Optional.of(every));
            case Parsed.Bad<Duration>(String why) -> new Parsed.Bad<>(why);
        };
    }

    private List<AppSpec> readApps(TomlSection top, Path folder) {
        List<AppSpec> apps = new ArrayList<>();
        top.section("app").ifPresent(all -> {
            for (String name : all.keys()) {
                if (!AppSpec.isName(name)) {
                    all.refuse(name, AppSpec.NAME_RULE);
                }
                all.section(name)
                        .map(section -> new AppReader(name, section, folder, overrides, localZone))
                        .filter(_ -> AppSpec.isName(name))
                        .ifPresent(reader -> apps.add(reader.read()));
            }
            Dependencies.check(apps, all);
        });
        return apps;
    }

    private static List<Webhook> readWebhooks(TomlSection top) {
        List<Webhook> webhooks = new ArrayList<>();
        for (TomlSection section : top.sections("notify")) {
            Optional<String> url = section.text("url", Texts::url);
            List<String> events =
                    section.texts("events", ConfigLoader::eventPattern).orElse(Webhook.ALL);
            if (!section.has("url")) {
                section.refuse("url", "it is missing: write the address to post to");
            }
            section.refuseUnknownKeys();
            url.ifPresent(address -> webhooks.add(new Webhook(address, events)));
        }
        return webhooks;
    }

    private static Parsed<String> eventPattern(String pattern) {
        return Arrays.stream(EventType.values()).anyMatch(type -> Webhook.matches(pattern, type))
                ? new Parsed.Good<>(pattern)
                : new Parsed.Bad<>("no event is called \"%s\": %s"
                        .formatted(
                                pattern,
                                Nearest.to(pattern, eventTypes())
                                        .map("did you mean \"%s\"?"::formatted)
                                        .orElse("write one like restart.completed or app.*")));
    }

    private static List<String> eventTypes() {
        return Arrays.stream(EventType.values()).map(EventType::wireName).toList();
    }
}
