package org.jupyterrestart.home;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.process.ProcessIdentity;

/** Who wrote a pid file: one process of one boot of one machine. */
public record ServiceIdentity(ProcessIdentity process, String host) {
    /** The first line is the pid alone, for scripts that do {@code $(head -1 FILE)}. */
    String render() {
        return "%d\nboot=%s\nstart_ticks=%d\nhost=%s\n"
                .formatted(process.pid(), process.bootId(), process.startTicks(), host);
    }

    /** Empty for what scripts of old wrote: a pid alone. */
    static Optional<ServiceIdentity> parse(String content) {
        List<String> lines = content.lines().toList();
        Map<String, String> values = new HashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        try {
            return lines.isEmpty() || !values.keySet().containsAll(List.of("boot", "start_ticks", "host"))
                    ? Optional.empty()
                    : Optional.of(new ServiceIdentity(
                            new ProcessIdentity(
                                    values.get("boot"),
                                    Integer.parseInt(lines.getFirst().strip()),
                                    Long.parseLong(values.get("start_ticks"))),
                            values.get("host")));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
