package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.PROCESS;
import static org.jupyterrestart.lifecycle.Samples.PROGRAM;
import static org.jupyterrestart.lifecycle.Samples.UNREADY;
import static org.jupyterrestart.lifecycle.Samples.inSeconds;
import static org.jupyterrestart.lifecycle.Samples.jupyterLab;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.timer;
import static org.jupyterrestart.lifecycle.Samples.watch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.lifecycle.AppEvent.*;
import org.jupyterrestart.lifecycle.AppState.*;
import org.jupyterrestart.process.ExitStatus;

/** Apps that hang, and where they are asked whether they live. */
class HangTest {
    /** It is of no use as it is. What is switched off is that a good one is restarted. */
    @Test
    void anAppThatHangsIsRestartedAlsoWhereAutomaticRestartsAreOff() {
        App running = Samples.comfyUi(new AppState.Running(INSTANCE));
        App off = MACHINE.step(running, new AppEvent.Enable(false), NOW).app();

        App hung = MACHINE.step(off, new AppEvent.Unhealthy(PROCESS, "no answer"), NOW)
                .app();

        assertEquals(Optional.of(Reason.HANG), hung.restart().map(RestartRun::reason));
    }

    @Test
    void serverThatHangsIsEndedAloneAndItsKernelsOutliveIt() {
        Step hung = step(respawnable(new Running(INSTANCE)), new Unhealthy(PROCESS, "no answer"));
        assertEquals(List.of(watch(), new Action.SignalMain(PROCESS, 9), timer(hung.app(), 5)), hung.actions());
        Step ended = step(hung.app(), new Exited(PROCESS, new ExitStatus.Signal(9)));
        assertInstanceOf(Spawning.class, ended.app().state());
    }

    /** Else it would be seen only when the time for its hello is over, and another minute later. */
    @Test
    void serverThatHangsInTheMiddleOfItsReplacementIsEndedAndStartedAgain() {
        App draining =
                Samples.restarting(respawnable(new Draining(INSTANCE, inSeconds(10), true, List.of())), Reason.MANUAL);
        App at = draining.withHello(helloAt("http://127.0.0.1:8888/"));
        Step replacing = step(at, new TimeUp(at.entry()));
        assertInstanceOf(Replacing.class, replacing.app().state());
        assertTrue(replacing
                .actions()
                .contains(new Action.Probe(
                        INSTANCE,
                        new ProbeSpec(
                                new ProbeSpec.Check.Stir("http://127.0.0.1:8888/api"),
                                ProbeSpec.EVERY,
                                ProbeSpec.TIMEOUT,
                                ProbeSpec.FAILURES))));

        Step hung = step(replacing.app(), new Unhealthy(PROCESS, "no answer, and it uses no processor"));
        assertEquals(
                List.of(
                        "JupyterLab was not restarted: it hangs",
                        "JupyterLab hangs: no answer, and it uses no processor"),
                hung.told().stream().map(EventDraft::message).limit(2).toList());
        assertEquals(Optional.of(Reason.HANG), hung.app().restart().map(RestartRun::reason));
        assertTrue(hung.actions().contains(new Action.SignalMain(PROCESS, 9)));
    }

    /** A probe of the user's own is quicker than the hello, which tells what was kept, and what was not. */
    @Test
    void serverThatAnswersIsWaitedForUntilItHasSaidHelloAndIsUpWithoutItToo() {
        App starting = Samples.restarting(respawnable(new Starting(UNREADY, inSeconds(120))), Reason.CRASH);
        App answers = step(starting, new Ready(PROCESS)).app();
        assertEquals(new Starting(UNREADY.readyAt(NOW), Deadline.in(Passage.HELLO_LIMIT, NOW)), answers.state());

        Map<String, Object> kept = Map.of("kernels", 3, "lost_kernels", List.of("k"));
        Step hello = step(answers, new Adopt(PROCESS, helloAt("unix:"), Optional.empty(), kept));
        assertInstanceOf(Restoring.class, hello.app().state());
        assertEquals(kept, hello.app().restart().orElseThrow().kept());

        assertInstanceOf(
                Restoring.class,
                step(answers, new TimeUp(answers.entry())).app().state());
    }

    @Test
    void serverThatSaysWhereItIsIsAskedThere() {
        assertEquals(List.of("http://127.0.0.1:8888/base/api"), askedAfterHelloAt("http://127.0.0.1:8888/base/"));
        assertEquals(List.of("https://[::1]:1/api"), askedAfterHelloAt("https://[::1]:1"));
        assertEquals(List.of("http+unix://%2Ftmp%2Flab/api"), askedAfterHelloAt("http+unix://%2Ftmp%2Flab/"));
        assertEquals(List.of(), askedAfterHelloAt("gopher://127.0.0.1/"));
    }

    private static List<String> askedAfterHelloAt(String url) {
        App starting = respawnable(new Starting(UNREADY, inSeconds(120)));
        Step up = step(starting, new Adopt(PROCESS, helloAt(url), Optional.empty(), Map.of()));
        return up.actions().stream()
                .filter(Action.Probe.class::isInstance)
                .map(action -> ((ProbeSpec.Check.LifeSign)
                                ((Action.Probe) action).spec().check())
                        .url())
                .toList();
    }

    private static App respawnable(AppState state) {
        return jupyterLab(state).withHello(helloAt("unix:"));
    }

    private static Hello helloAt(String url) {
        return new Hello(
                Life.IN_PLACE,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(8888),
                Optional.of(url),
                Optional.of(PROGRAM),
                List.of());
    }
}
