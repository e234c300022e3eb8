package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class HangTest {
    private final Machine machine = new AppMachine((_, _, _) -> Optional.empty());

    /** It is of no use as it is. What is switched off is that a good one is restarted. */
    @Test
    void anAppThatHangsIsRestartedAlsoWhereAutomaticRestartsAreOff() {
        App running = Samples.comfyUi(new AppState.Running(INSTANCE));
        App off = machine.step(running, new AppEvent.Enable(false), NOW).app();

        App hung = machine.step(off, new AppEvent.Unhealthy(PROCESS, "no answer"), NOW)
                .app();

        assertEquals(Optional.of(Reason.HANG), hung.restart().map(RestartRun::reason));
    }
}
