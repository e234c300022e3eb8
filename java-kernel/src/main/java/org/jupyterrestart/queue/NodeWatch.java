package org.jupyterrestart.queue;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Note;

/** Looks once in each run of ComfyUI which kinds of nodes it has. Not thread-safe. */
final class NodeWatch {
    private static final System.Logger LOG = System.getLogger(NodeWatch.class.getName());

    /** All nodes' inputs are a lot for ComfyUI, too: what failed is not asked for again at once. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final ComfyUiServer server;
    private final KeptQueues.Runs runs;
    private final QueueFiles files;
    private final LongSupplier nanos;
    private Optional<NodeKinds> known = Optional.empty();
    private long due;

    NodeWatch(ComfyUiServer server, KeptQueues.Runs runs, QueueFiles files, LongSupplier nanos) {
        this.server = server;
        this.runs = runs;
        this.files = files;
        this.nanos = nanos;
        due = nanos.getAsLong();
    }

    /** Nothing where it was looked at before. */
    List<News> look(boolean hasNode) {
        if (known.isPresent() || nanos.getAsLong() - due < 0) {
            return List.of();
        }
        due = nanos.getAsLong() + AGAIN.toNanos();
        try {
            return compare(hasNode);
        } catch (IOException e) {
            LOG.log(DEBUG, "The nodes of %s can't be looked at".formatted(server.url()), e);
            return List.of();
        }
    }

    private List<News> compare(boolean hasNode) throws IOException {
        NodeKinds before = files.loadNodes();
        String run = runs.current();
        if (before.run().equals(run)) {
            known = Optional.of(before);
            return List.of();
        }
        NodeKinds now = before.in(run, server.nodes(hasNode));
        files.save(now);
        known = Optional.of(now);
        return now.gone().isEmpty()
                ? List.of()
                : List.of(new News(EventType.APP_NODES_GONE, now.told(), Map.of("nodes", now.gone())));
    }

    boolean isKnown() {
        return known.isPresent();
    }

    Optional<Note> note(String app) {
        return known.filter(kinds -> !kinds.gone().isEmpty())
                .map(kinds -> new Note(
                        "nodes_gone",
                        kinds.told() + ".",
                        "ComfyUI's log says which custom nodes failed: jupyter restart logs %s. Prompts that need them are"
                                        .formatted(app)
                                + " refused, and kept."));
    }
}
