package org.jupyterrestart.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jupyterrestart.event.EventDraft;

/** What one event made of an app: how it is now, what is told of it, and what must be done. */
public record Step(App app, List<EventDraft> told, List<Action> actions) {
    public Step {
        told = List.copyOf(told);
        actions = List.copyOf(actions);
    }

    static Step of(App app) {
        return new Step(app, List.of(), List.of());
    }

    Step tell(EventDraft draft) {
        return new Step(app, append(told, List.of(draft)), actions);
    }

    Step act(List<Action> more) {
        return new Step(app, told, append(actions, more));
    }

    /** What was begun for a state that is passed through need not be done. */
    Step without(List<Action> begun) {
        return new Step(
                app,
                told,
                actions.stream().filter(action -> !begun.contains(action)).toList());
    }

    /** Like {@link #then}, where the state that was entered is left at once: it needs no timer. */
    public Step through(Function<App, Step> next) {
        List<Action> timers = actions.stream()
                .filter(action -> action instanceof Action.SetTimer timer && timer.entry() == app.entry())
                .toList();
        return without(timers).then(next);
    }

    public Step then(Function<App, Step> next) {
        Step second = next.apply(app);
        return new Step(second.app, append(told, second.told), append(actions, second.actions));
    }

    private static <T> List<T> append(List<T> first, List<T> second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.isEmpty() ? second : first;
        }
        List<T> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }
}
