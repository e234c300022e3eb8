package org.jupyterrestart.queue;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is remembered of a node while its ComfyUI is away. Pure.
 *
 * @param folder where its journal is; empty where it was never seen
 * @param send ids of kept prompts that it is to put back
 * @param discard likewise, to forget
 */
record NodeOrders(String folder, List<String> send, List<String> discard) {
    static final NodeOrders NONE = new NodeOrders("", List.of(), List.of());

    NodeOrders {
        send = List.copyOf(send);
        discard = List.copyOf(discard);
    }

    boolean isEmpty() {
        return send.isEmpty() && discard.isEmpty();
    }

    NodeOrders in(String newFolder) {
        return new NodeOrders(newFolder, send, discard);
    }

    NodeOrders carriedOut() {
        return new NodeOrders(folder, List.of(), List.of());
    }

    /** What was said last counts. */
    NodeOrders sending(Set<String> ids) {
        return new NodeOrders(folder, with(send, ids), without(discard, ids));
    }

    NodeOrders discarding(Set<String> ids) {
        return new NodeOrders(folder, without(send, ids), with(discard, ids));
    }

    private static List<String> with(List<String> known, Set<String> ids) {
        return Stream.concat(known.stream(), ids.stream().sorted()).distinct().toList();
    }

    private static List<String> without(List<String> known, Set<String> ids) {
        return known.stream().filter(id -> !ids.contains(id)).toList();
    }
}
