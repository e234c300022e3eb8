package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.jupyterrestart.lifecycle.App.Wanted.DOWN;
import static org.jupyterrestart.lifecycle.Samples.CRASH;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.OTHER;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.UNREADY;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.restarting;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.timer;
import static org.jupyterrestart.lifecycle.Samples.told;
import static org.jupyterrestart.lifecycle.Samples.watch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Action.SignalTree;
import org.jupyterrestart.lifecycle.Action.Spawn;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;

/** State, event, whole step: what starts an app, what changes nothing, what a new service takes up. */
class AppMachineTest {
    @Test
    void startSpawns() {
        App stopped = comfyUi(new Stopped()).wanting(DOWN);
        App expected = comfyUi(new Stopped()).enter(new Spawning("comfyui-2"), NOW);
        assertEquals(
                new Step(
                        expected,
                        List.of(told(expected, EventType.APP_STARTING, "Starting ComfyUI")),
                        List.of(new Spawn("comfyui-2", PROGRAM))),
                step(stopped, new Start()));
    }

    static Stream<Arguments> nothing() {
        App running = comfyUi(new Running(INSTANCE));
        App replacing = restarting(jupyterLab(new Replacing(INSTANCE, inSeconds(120))), Reason.MANUAL);
        return Stream.of(
                arguments(running, new Exited(OTHER, CRASH)),
                arguments(running, new Start()),
                arguments(running, new TimeUp(running.entry() - 1)),
                arguments(running, new Adopt(OTHER, Samples.hello(), Optional.empty(), Map.of())),
                arguments(running, new Spawned("comfyui-1", OTHER)),
                arguments(replacing, new NotReplaced("jupyterlab-0", "an older one")),
                arguments(replacing, new Restart(Reason.SCHEDULED)),
                arguments(comfyUi(new Spawning("comfyui-9")), new Spawned("comfyui-8", OTHER)),
                arguments(comfyUi(new Starting(UNREADY, inSeconds(1))), new Start()),
                // A restart could only end it.
                arguments(jupyterLab(new Running(INSTANCE)), new Restart(Reason.HANG)));
    }

    @ParameterizedTest
    @MethodSource("nothing")
    void staleOrEmptyEventChangesNothing(App app, AppEvent event) {
        assertEquals(Step.of(app), step(app, event));
    }

    static Stream<Arguments> duties() {
        App spawning = comfyUi(new Spawning("comfyui-9"));
        App waiting = comfyUi(new Waiting("it crashed", inSeconds(8)));
        App stopping = comfyUi(new Stopping(INSTANCE, 1, inSeconds(5), Optional.empty()));
        App draining = jupyterLab(new Draining(INSTANCE, inSeconds(10), true, List.of("tab-1")));
        return Stream.of(
                arguments(spawning, List.of(new Action.Find("comfyui-9"))),
                arguments(waiting, List.of(timer(waiting, 8))),
                arguments(comfyUi(new Running(INSTANCE)), List.of(watch())),
                arguments(stopping, List.of(watch(), new SignalTree(INSTANCE, 9, List.of()), timer(stopping, 5))),
                arguments(draining, List.of(watch(), timer(draining, 10))));
    }

    @ParameterizedTest
    @MethodSource("duties")
    void serviceThatComesBackTakesUpWhereItWas(App app, List<Action> expected) {
        assertEquals(new Step(app, List.of(), expected), step(app, new Resumed()));
    }
}
