package org.jupyterrestart.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jupyterrestart.config.ProbeSpec.Check;
import org.jupyterrestart.config.ProbeSpec.Trace;

/** Reads the probe of an app; {@code folder} is the file's: paths are relative to it. */
record ProbeReader(TomlSection probe, Path folder) {
    Optional<ProbeSpec> read() {
        List<Check> checks = new ArrayList<>();
        probe.text("http", Texts::url).map(Check.Http::new).ifPresent(checks::add);
        probe.text("tcp", Texts::address).ifPresent(checks::add);
        AppReader.command(probe, "exec").map(Check.Exec::new).ifPresent(checks::add);
        Optional<Duration> stall = AppReader.duration(probe, "stall");
        probe.text("queue", Texts::url)
                .map(url -> new Check.Queue(url.replaceAll("/+$", ""), stall.orElse(Check.Queue.STALL)))
                .ifPresent(checks::add);
        List<String> busy = AppReader.command(probe, "busy").orElse(List.of());
        probe.text("progress", this::trace)
                .map(trace -> new Check.Progress(trace, busy))
                .ifPresent(checks::add);
        long written = Stream.of("http", "tcp", "exec", "queue", "progress")
                .filter(probe::has)
                .count();
        if (written != 1) {
            probe.refuse("it needs exactly one of http, tcp, exec, queue and progress");
        }
        if (probe.has("stall") && !probe.has("queue")) {
            probe.refuse("stall", "only queue asks for it: take it out");
        }
        if (probe.has("busy") && !probe.has("progress")) {
            probe.refuse("busy", "only progress asks for it: take it out");
        }
        var every = AppReader.duration(probe, "every").orElse(ProbeSpec.EVERY);
        var timeout = AppReader.duration(probe, "timeout").orElse(ProbeSpec.TIMEOUT);
        int failures = probe.count("failures", 1).orElse(ProbeSpec.FAILURES);
        probe.refuseUnknownKeys();
        return checks.stream().findFirst().map(check -> new ProbeSpec(check, every, timeout, failures));
    }

    private Parsed<Trace> trace(String text) {
        return switch (text) {
            case "cpu" -> new Parsed.Good<>(new Trace.Cpu());
            case "output" -> new Parsed.Good<>(new Trace.Output());
            case String path
            when path.contains("/") -> Texts.path(path, folder).then(file -> new Parsed.Good<>(new Trace.Path(file)));
            default ->
                new Parsed.Bad<>("\"%s\" is neither cpu nor output nor a path: write a path with a slash, like ./%s"
                        .formatted(text, text));
        };
    }
}
