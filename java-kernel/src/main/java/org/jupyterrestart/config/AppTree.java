package org.jupyterrestart.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.Schedule;

/** One {@code [app.NAME]} of a {@link ConfigTree}. */
final class AppTree {
    private final Map<String, Object> tree = new LinkedHashMap<>();

    private AppTree() {}

    static Map<String, Object> of(AppSpec app) {
        AppTree made = new AppTree();
        made.add(app);
        return made.tree;
    }

    private void add(AppSpec app) {
        tree.put("preset", app.preset());
        tree.put("title", app.title());
        app.program().ifPresent(this::add);
        tree.put("enabled", app.enabled());
        tree.put("autostart", app.autostart());
        add(app.schedule());
        tree.put("when_idle", Durations.format(app.whenIdle()));
        tree.put("drain_limit", Durations.format(app.drainLimit()));
        tree.put("notice", Durations.format(app.notice()));
        tree.put("stop", app.stop().stages().stream().map(Texts::format).toList());
        tree.put("start_grace", Durations.format(app.startGrace()));
        tree.put("keep", app.keep());
        add("memory_limit", app.limits().memory());
        add("gpu_memory_limit", app.limits().gpuMemory());
        add("disk_min_free", app.limits().diskMinFree());
        add("kernel_memory_limit", app.limits().kernelMemory());
        app.probe().ifPresent(probe -> tree.put("probe", probe(probe)));
        tree.put("restart", restart(app.restart()));
        tree.put("before", hooks(app.hooks().before()));
        tree.put("after", hooks(app.hooks().after()));
        tree.put("on_failure", hooks(app.hooks().onFailure()));
        tree.put("depends_on", app.dependsOn());
        tree.put("standby", word(app.standby()));
        tree.put("unsaved", word(app.unsaved()));
    }

    private void add(Program program) {
        tree.put("command", program.command());
        program.directory().map(Path::toString).ifPresent(folder -> tree.put("directory", folder));
        tree.put("environment", new TreeMap<>(program.environment()));
    }

    private void add(Schedule schedule) {
        switch (schedule) {
            case Schedule.Never _ -> tree.put("every", "never");
            case Schedule.Every(var period, var manners) -> {
                tree.put("every", Durations.format(period));
                add(manners);
            }
            case Schedule.Cron(String line, var manners) -> {
                tree.put("cron", line);
                add(manners);
            }
        }
    }

    private void add(Schedule.Manners manners) {
        tree.put("timezone", manners.zone().getId());
        tree.put("jitter", Durations.format(manners.jitter()));
        List<String> quiet = manners.quiet().stream()
                .map(time -> time.from() + "-" + time.to())
                .toList();
        tree.put("quiet", quiet);
        tree.put("missed", word(manners.missed()));
    }

    private void add(String key, OptionalLong size) {
        size.ifPresent(bytes -> tree.put(key, Sizes.format(bytes)));
    }

    private static Map<String, Object> probe(ProbeSpec probe) {
        Map<String, Object> tree = new LinkedHashMap<>();
        switch (probe.check()) {
            case ProbeSpec.Check.Http(String url) -> tree.put("http", url);
            case ProbeSpec.Check.LifeSign(String url) -> tree.put("http", url);
            case ProbeSpec.Check.Stir(String url) -> tree.put("http", url);
            case ProbeSpec.Check.Tcp(String host, int port) -> tree.put("tcp", host + ":" + port);
            case ProbeSpec.Check.Queue(String url, Duration stall) -> {
                tree.put("queue", url);
                tree.put("stall", Durations.format(stall));
            }
            case ProbeSpec.Check.Exec(List<String> command) -> tree.put("exec", command);
            case ProbeSpec.Check.Progress(ProbeSpec.Trace trace, List<String> busy) -> {
                tree.put("progress", trace(trace));
                if (!busy.isEmpty()) {
                    tree.put("busy", busy);
                }
            }
        }
        tree.put("every", Durations.format(probe.every()));
        tree.put("timeout", Durations.format(probe.timeout()));
        tree.put("failures", probe.failures());
        return tree;
    }

    private static String trace(ProbeSpec.Trace trace) {
        return switch (trace) {
            case ProbeSpec.Trace.Cpu _ -> "cpu";
            case ProbeSpec.Trace.Output _ -> "output";
            case ProbeSpec.Trace.Path(var path) -> path.toString();
        };
    }

    private static Map<String, Object> restart(RestartPolicy policy) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("on", word(policy.on()));
        tree.put("backoff", Durations.format(policy.backoff()));
        tree.put("factor", policy.factor());
        tree.put("max", Durations.format(policy.max()));
        tree.put("reset", Durations.format(policy.reset()));
        tree.put("limit", policy.limit());
        tree.put("within", Durations.format(policy.within()));
        tree.put("slow_lane", Durations.format(policy.slowLane()));
        return tree;
    }

    private static List<Map<String, Object>> hooks(List<Hook> hooks) {
        return hooks.stream().map(AppTree::hook).toList();
    }

    private static Map<String, Object> hook(Hook hook) {
        Map<String, Object> tree = new LinkedHashMap<>();
        switch (hook.deed()) {
            case Hook.Deed.Run(List<String> command) -> tree.put("run", command);
            case Hook.Deed.Http(Hook.Method method, String url) -> {
                tree.put("http", url);
                tree.put("method", method.name());
            }
        }
        tree.put("timeout", Durations.format(hook.timeout()));
        // Only a hook before a restart may say so, and only there it is true.
        if (hook.isRequired()) {
            tree.put("required", true);
        }
        return tree;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
