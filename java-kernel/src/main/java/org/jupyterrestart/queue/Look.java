package org.jupyterrestart.queue;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What was seen of one run of ComfyUI at one moment.
 *
 * @param items what is in its queue
 * @param ended of the prompts that are not in it, those that have ended: whether to the end, by their id
 */
record Look(List<Item> items, Map<String, Boolean> ended) {
    private static final Comparator<Item> AS_THEY_RUN = Comparator.comparing((Item item) -> !item.isRunning())
            .thenComparingDouble(Item::number)
            .thenComparing(Item::id);

    Look {
        items = items.stream().sorted(AS_THEY_RUN).toList();
        ended = Map.copyOf(ended);
    }
}
