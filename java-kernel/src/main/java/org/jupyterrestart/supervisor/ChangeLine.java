package org.jupyterrestart.supervisor;

import com.google.gson.JsonParseException;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Hello;
import org.jupyterrestart.lifecycle.History;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.PlannedRestart;
import org.jupyterrestart.lifecycle.RestartRun;

/**
 * A {@link SavedChange} as the journal has it: what was said of the app before and is the same is left out, for one is
 * written between each crash and the start that follows.
 *
 * @param spec empty where it is that of the line before for this app
 * @param storm empty where it is that of the line before
 */
record ChangeLine(
        String name,
        Optional<AppSpec> spec,
        AppState state,
        long entry,
        Now since,
        App.Wanted wanted,
        boolean isEnabled,
        Optional<RestartRun> restart,
        Optional<PlannedRestart> planned,
        Optional<Hello> hello,
        History history,
        long seq,
        List<EventDraft> untold,
        Optional<Storm> storm) {
    static ChangeLine of(SavedChange change, boolean isSpecKnown, boolean isStormKnown) {
        App app = change.app();
        return new ChangeLine(
                app.name(),
                isSpecKnown ? Optional.empty() : Optional.of(app.spec()),
                app.state(),
                app.entry(),
                app.since(),
                app.wanted(),
                app.isEnabled(),
                app.restart(),
                app.planned(),
                app.hello(),
                app.history(),
                change.seq(),
                change.untold(),
                isStormKnown ? Optional.empty() : Optional.of(change.storm()));
    }

    /** The change, where {@code before} is the state that this line was written behind. */
    SavedChange behind(SavedState before) {
        AppSpec known = spec.or(() -> before.apps().stream()
                        .filter(app -> app.name().equals(name))
                        .findFirst()
                        .map(App::spec))
                .orElseThrow(() -> new JsonParseException("nothing before it says what app %s is".formatted(name)));
        App app = new App(known, state, entry, since, wanted, isEnabled, restart, planned, hello, history);
        return new SavedChange(app, seq, untold, storm.or(before::storm).orElse(Storm.NONE));
    }
}
