package org.jupyterrestart.lifecycle;

import org.jupyterrestart.config.Limits;

/** What was seen of a process and one of its limits, and need not be told again. */
public record Remark(Limits.Resource resource, What what) {
    /** What was seen. */
    public enum What {
        /** It has been within the limit since it became ready. */
        WITHIN,
        /** It was told that it will pass the limit. */
        FORESEEN,
        /** It was told that it has passed the limit. */
        PASSED,
        /** It was asked to give back what it can without a restart, and it is not known what came of it. */
        ASKED,
        /** It gave back what it can without a restart. */
        FREED,
        /** It was asked so for a limit that is foreseen. */
        ASKED_AHEAD
    }
}
