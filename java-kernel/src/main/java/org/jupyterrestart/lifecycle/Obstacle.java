package org.jupyterrestart.lifecycle;

import java.util.List;
import org.jupyterrestart.process.ProcessIdentity;

/**
 * What is in the way of an app's start.
 *
 * @param why for people, to follow "It is not started: "
 * @param leftovers processes that an earlier run of this very app left behind, and that may be ended
 */
public record Obstacle(String why, List<ProcessIdentity> leftovers) {
    public Obstacle {
        leftovers = List.copyOf(leftovers);
    }
}
