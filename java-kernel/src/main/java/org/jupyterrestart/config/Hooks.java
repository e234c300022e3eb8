package org.jupyterrestart.config;

import java.util.List;

/** What is done before a restart, after it, and when it failed; in order. */
public record Hooks(List<Hook> before, List<Hook> after, List<Hook> onFailure) {
    public static final Hooks NONE = new Hooks(List.of(), List.of(), List.of());

    public Hooks {
        before = List.copyOf(before);
        after = List.copyOf(after);
        onFailure = List.copyOf(onFailure);
    }
}
