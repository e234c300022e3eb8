package org.jupyterrestart.queue;

import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** What runs in ComfyUI, out of an answer that may be larger than the service's memory. */
public final class RunningPrompts {
    private RunningPrompts() {}

    /**
     * Reads the answer to {@code GET /queue}.
     *
     * @return ids; none in what is no queue
     */
    public static List<String> of(InputStream queue) throws IOException {
        try {
            return QueueReader.read(queue, _ -> true, _ -> 0).stream()
                    .filter(Item::isRunning)
                    .map(Item::id)
                    .toList();
        } catch (QueueReader.NoQueueException | MalformedJsonException _) {
            return List.of();
        }
    }
}
