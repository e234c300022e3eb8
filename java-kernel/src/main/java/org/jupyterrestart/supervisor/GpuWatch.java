package org.jupyterrestart.supervisor;

import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.resource.GpuSample;

/** The GPU memory of each app's tree. Nothing is asked on a machine without a GPU. */
final class GpuWatch {
    private final Ports ports;
    private final Map<ProcessIdentity, OptionalLong> measured = new ConcurrentHashMap<>();

    GpuWatch(Ports ports) {
        this.ports = ports;
    }

    /** In bytes; empty until it was measured, and where the driver does not tell. */
    OptionalLong of(App app) {
        return app.state()
                .process()
                .map(Instance::identity)
                .map(measured::get)
                .orElse(OptionalLong.empty());
    }

    /** Of those of which it is told, in bytes. Off the loop thread. */
    Map<App, Long> measure(List<App> subjects) {
        if (ports.gpus().isAbsent() || subjects.isEmpty()) {
            measured.clear();
            return Map.of();
        }
        GpuSample sample = ports.gpus().sample();
        Map<App, Long> told = new HashMap<>();
        Map<ProcessIdentity, OptionalLong> now = new ConcurrentHashMap<>();
        for (App app : subjects) {
            Instance instance = app.state().process().orElseThrow();
            Set<Integer> pids = ports.processes().tree(instance.identity(), ActionRunner.mark(ports.home(), instance)).stream()
                    .map(ProcessIdentity::pid)
                    .collect(toSet());
            OptionalLong bytes = sample.of(pids);
            now.put(instance.identity(), bytes);
            bytes.ifPresent(count -> told.put(app, count));
        }
        measured.keySet().retainAll(now.keySet());
        measured.putAll(now);
        return told;
    }
}
