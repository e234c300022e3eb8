package org.jupyterrestart.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.output.OutputLimits;

/** The whole file {@code restart.toml}, with every default filled in. */
public record Config(Service service, List<AppSpec> apps, List<Webhook> webhooks) {
    /** What runs without a file. */
    public static final Config DEFAULT = new Config(Service.DEFAULT, List.of(), List.of());

    public Config {
        apps = List.copyOf(apps);
        webhooks = List.copyOf(webhooks);
    }

    /** {@code app} by name. */
    public Optional<AppSpec> app(String name) {
        return apps.stream().filter(app -> app.name().equals(name)).findFirst();
    }

    /**
     * The service itself.
     *
     * @param home the state folder; empty for the usual one
     * @param log the restart log; empty for the usual place
     * @param logMaxSize bytes after which the restart log is rotated
     * @param logKeep rotated logs that are kept
     * @param output when apps' output is put aside
     * @param sampleEvery how often memory, disk and GPUs are measured
     * @param machineEndsAfter the time from the start of the machine's first process to the machine's end
     */
    public record Service(
            Optional<Path> home,
            Optional<Path> log,
            long logMaxSize,
            int logKeep,
            OutputLimits output,
            Duration sampleEvery,
            Optional<Duration> machineEndsAfter) {
        public static final Service DEFAULT = new Service(
                Optional.empty(),
                Optional.empty(),
                10L << 20,
                5,
                OutputLimits.USUAL,
                Duration.ofSeconds(5),
                Optional.empty());
    }

    /**
     * One entry of {@code [[notify]]}.
     *
     * @param events types to be told, such as {@code restart.completed}; {@code *} stands for any characters
     */
    public record Webhook(String url, List<String> events) {
        public static final List<String> ALL = List.of("*");

        public Webhook {
            events = List.copyOf(events);
        }

        public boolean wants(EventType type) {
            return events.stream().anyMatch(pattern -> matches(pattern, type));
        }

        static boolean matches(String pattern, EventType type) {
            String expression = Pattern.quote(pattern).replace("*", "\\E.*\\Q");
            return type.wireName().matches(expression);
        }
    }
}
