package org.jupyterrestart.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.api.wire.KernelNews;
import org.jupyterrestart.api.wire.KernelOrder;
import org.jupyterrestart.api.wire.KernelPostponement;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Parsed;
import org.jupyterrestart.config.Sizes;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.Control;
import org.jupyterrestart.supervisor.RefusedException;

/**
 * What is asked of the kernels of a Jupyter server, and told of them. The server acts on it, as it alone knows which of
 * them are idle; here it becomes an event, which the server follows.
 */
final class KernelApi {
    private static final String FAMILY = "kernel.";

    /** The server relies on their data. */
    private static final Set<EventType> ORDERS =
            EnumSet.of(EventType.KERNEL_POSTPONED, EventType.KERNEL_RESTART_ORDERED);

    private final Control control;

    KernelApi(Control control) {
        this.control = control;
    }

    Accepted restart(String app, KernelOrder order) throws ApiProblem, RefusedException {
        List<String> kernels = order.kernels().orElse(List.of());
        Optional<Long> over = Optional.empty();
        if (order.over().isPresent()) {
            over = Optional.of(read("over", Sizes.parse(order.over().get())));
        }
        if (kernels.isEmpty() && over.isEmpty()) {
            throw ApiProblem.badRequest("Name the kernels by field \"kernels\", or those of a size by field \"over\".");
        }
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("kernels", kernels);
        over.ifPresent(bytes -> data.put("over_bytes", bytes));
        List<String> which = new ArrayList<>(kernels);
        order.over().map("all from %s on"::formatted).ifPresent(which::add);
        String message = "Restart of kernels is asked for: " + String.join(", ", which);
        return control.aboutKernels(app, EventType.KERNEL_RESTART_ORDERED, message, data);
    }

    Accepted postpone(String app, KernelPostponement by) throws ApiProblem, RefusedException {
        Duration time = read("duration", Durations.parse(by.duration()));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("kernel_id", by.kernelId());
        data.put("duration_s", time.toSeconds());
        String message = "The restart of the kernel is put off for " + Durations.format(time);
        return control.aboutKernels(app, EventType.KERNEL_POSTPONED, message, data);
    }

    Accepted told(String app, KernelNews news) throws ApiProblem, RefusedException {
        if (!news.type().wireName().startsWith(FAMILY) || ORDERS.contains(news.type())) {
            throw ApiProblem.badRequest("Field \"type\": %s is nothing that happens to a kernel."
                    .formatted(news.type().wireName()));
        }
        return control.aboutKernels(app, news.type(), news.message(), news.data());
    }

    private static <T> T read(String field, Parsed<T> parsed) throws ApiProblem {
        return switch (parsed) {
            case Parsed.Good<T>(T value) -> value;
            case Parsed.Bad<T>(String why) -> throw ApiProblem.badRequest("Field \"%s\": %s.".formatted(field, why));
        };
    }
}
