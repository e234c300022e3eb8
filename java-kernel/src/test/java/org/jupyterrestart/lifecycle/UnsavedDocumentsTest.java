package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.config.AppSpec.Unsaved;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppEvent.Drained;
import org.jupyterrestart.lifecycle.AppEvent.TimeUp;
import org.jupyterrestart.lifecycle.AppState.Draining;
import org.jupyterrestart.lifecycle.AppState.Replacing;
import org.jupyterrestart.lifecycle.AppState.Running;

/** What a restart does about documents that could not be saved. */
class UnsavedDocumentsTest {
    private static final RestartRun.Unsaved LOCKED = new RestartRun.Unsaved("a.txt", "it is read-only");
    private static final Drained ANSWER = new Drained("jupyterlab-1", "tab-1", List.of(), List.of(LOCKED));

    @Test
    void documentsThatAreNotSavedHoldTheRestartBackWhereTheUserWantsThat() {
        App draining = draining(Unsaved.HOLD, Reason.MANUAL);
        Map<String, Object> documents = Map.of("unsaved", List.of(Map.of("path", "a.txt", "why", "it is read-only")));
        Step step = MACHINE.step(draining, ANSWER, NOW);
        assertEquals(draining.withRestart(Optional.empty()).enter(new Running(INSTANCE), NOW), step.app());
        assertEquals(
                told(
                        draining,
                        EventType.RESTART_CALLED_OFF,
                        "The restart of JupyterLab is called off, not saved: a.txt (it is read-only)."
                                + " Save or close, then restart",
                        documents),
                step.told().getLast());
    }

    @Test
    void restartGoesOnWithoutThemByDefault() {
        Step step = MACHINE.step(draining(Unsaved.GO_ON, Reason.MANUAL), ANSWER, NOW);
        assertInstanceOf(Replacing.class, step.app().state());
        assertEquals(Optional.of(List.of(LOCKED)), step.app().restart().map(RestartRun::unsaved));
    }

    @ParameterizedTest
    @EnumSource(names = {"MEMORY", "GPU_MEMORY", "DISK"})
    void limitThatIsReachedDoesNotWaitForDocuments(Reason reason) {
        Step step = MACHINE.step(draining(Unsaved.HOLD, reason), ANSWER, NOW);
        assertInstanceOf(Replacing.class, step.app().state());
    }

    @Test
    void tabThatDoesNotAnswerHoldsNothingBack() {
        App draining = draining(Unsaved.HOLD, Reason.MANUAL);
        Step step = MACHINE.step(draining, new TimeUp(draining.entry()), NOW);
        assertInstanceOf(Replacing.class, step.app().state());
    }

    private static App draining(Unsaved unsaved, Reason reason) {
        App app = jupyterLab(new Draining(INSTANCE, inSeconds(10), true, List.of("tab-1")));
        return restarting(
                app.with(new AppSpecBuilder("jupyterlab")
                        .title("JupyterLab")
                        .life(Life.IN_PLACE)
                        .unsaved(unsaved)
                        .build()),
                reason);
    }
}
