package org.jupyterrestart.lifecycle;

/** What an event makes of an app: a pure function. */
@FunctionalInterface
public interface Machine {
    Step step(App app, AppEvent event, Now now);
}
