package org.jupyterrestart.lifecycle;

import java.util.List;
import java.util.Optional;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * How much of its GPU memory an app that has ended has given back.
 *
 * @param isWhole whether all of it is back
 * @param bytes what came back
 * @param missing what did not
 * @param gpus on which GPUs that is, for people, where there are several; empty where it is not known
 * @param holders who has a GPU open, each with what is known of it, for people; empty where all is back
 * @param leftovers those of them that an earlier run of this very app left behind
 * @param trouble why it could not be measured; empty where it was
 */
public record Reclaimed(
        boolean isWhole,
        long bytes,
        long missing,
        List<String> gpus,
        List<String> holders,
        List<ProcessIdentity> leftovers,
        Optional<String> trouble) {
    /** All of {@code bytes} are back. */
    public static Reclaimed whole(long bytes) {
        return new Reclaimed(true, bytes, 0, List.of(), List.of(), List.of(), Optional.empty());
    }

    public Reclaimed {
        gpus = List.copyOf(gpus);
        holders = List.copyOf(holders);
        leftovers = List.copyOf(leftovers);
    }
}
