package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.CRASH;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.timer;
import static org.jupyterrestart.lifecycle.Samples.told;
import static org.jupyterrestart.lifecycle.Samples.watch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.CheckTree;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;

/** Apps that crash. */
class CrashTest {
    @Test
    void crashIsCountedAndItsTreeVerified() {
        App running = comfyUi(new Running(INSTANCE));
        App expected = running.withHistory(running.history().withCrashes(List.of(NOW.nanos())))
                .enter(
                        new Verifying(INSTANCE, Verifying.UNSIGNALLED, inSeconds(1), Optional.of(CRASH), List.of()),
                        NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(
                                running,
                                EventType.APP_CRASHED,
                                "ComfyUI ended with signal 11",
                                Map.of("exit", "signal 11"))),
                        List.of(watch(), new CheckTree(INSTANCE, List.of(), Duration.ZERO), timer(expected, 1))),
                step(running, new Exited(PROCESS, CRASH)));
    }

    @Test
    void adoptedAppThatCrashesAndCannotBeStartedFailsWithAdvice() {
        App running = jupyterLab(new Running(INSTANCE));
        String why = "the service does not know how to start it. Start it as before, or give it a command in the config"
                + " file";
        App counted = running.withHistory(running.history().withCrashes(List.of(NOW.nanos())));
        App expected = counted.withPlanned(Optional.empty()).enter(new Failed("It is not running, and " + why), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(
                                told(
                                        running,
                                        EventType.APP_CRASHED,
                                        "JupyterLab ended with signal 11",
                                        Map.of("exit", "signal 11")),
                                told(running, EventType.APP_FAILED, why)),
                        List.of()),
                step(running, new Exited(PROCESS, CRASH)));
    }

    @Test
    void firstStartThatComesToNothingIsToldWithItsReason() {
        App starting = comfyUi(new Spawning("comfyui-1"));
        assertEquals(
                List.of(told(starting, EventType.APP_CRASHED, "ComfyUI did not start: no such file")),
                step(starting, new NotSpawned("comfyui-1", "no such file")).told());
    }
}
