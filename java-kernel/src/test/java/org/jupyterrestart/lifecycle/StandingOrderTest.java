package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.jupyterrestart.lifecycle.Samples.MACHINE;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.Standing;

/** What the end of an app will surely lead to. */
class StandingOrderTest {
    private static final Now STARTED = new Now(Instant.parse("2026-01-01T00:00:00Z"), 0);
    private static final Now READY = after(Duration.ofMillis(500));
    private static final ProcessIdentity PROCESS = new ProcessIdentity("boot", 7, 1);
    private static final Program PROGRAM = Program.of(List.of("train"), Optional.empty(), Map.of());

    @Test
    void aCrashIsFollowedByAStartOnceTheBackoffIsOver() {
        assertEquals(
                Optional.of(new StandingOrder("app-6", PROGRAM, new Standing(Duration.ofSeconds(1), false))),
                orderFor(spec()));
    }

    @Test
    void theMarkerIsThatOfTheStartTheCrashLeadsTo() {
        App app = running(spec());
        Now later = after(Duration.ofMinutes(1));
        Step ended = MACHINE.step(app, new AppEvent.Exited(PROCESS, new ExitStatus.Code(3), true), later);
        Step started =
                MACHINE.step(ended.app(), new AppEvent.TurnCome(ended.app().entry(), List.of()), later);

        assertEquals(
                Optional.of(started.app().state()),
                StandingOrder.of(MACHINE, app, READY).map(order -> new AppState.Spawning(order.marker())));
    }

    @Test
    void anAppThatIsToRunForEverIsStartedAfterAnyEnd() {
        assertEquals(
                Optional.of(new Standing(Duration.ofMillis(500), true)),
                orderFor(spec().restart(policy(RestartPolicy.On.ALWAYS, Duration.ofMillis(100), 5)))
                        .map(StandingOrder::terms));
    }

    @Test
    void nothingIsOrderedThatIsNotCertainOrFarAway() {
        assertEquals(
                Optional.empty(), orderFor(spec().restart(policy(RestartPolicy.On.NEVER, Duration.ofSeconds(1), 5))));
        assertEquals(
                Optional.empty(),
                orderFor(spec().restart(policy(RestartPolicy.On.FAILURE, Duration.ofSeconds(1), 1))),
                "the first crash leads to the slow lane");
        assertEquals(
                Optional.empty(), orderFor(spec().restart(policy(RestartPolicy.On.FAILURE, Duration.ofMinutes(2), 5))));
        assertEquals(Optional.empty(), orderFor(spec().dependsOn(List.of("base"))));
        assertEquals(
                Optional.empty(),
                StandingOrder.of(MACHINE, running(spec()).withHello(listening()), READY),
                "somebody else may have taken its port");
    }

    @Test
    void theEndThatARestartAsksForIsFollowedByItsStartHoweverItEnds() {
        App stopping = restarting(spec());
        Step ended = MACHINE.step(stopping, new AppEvent.Exited(PROCESS, new ExitStatus.Code(3), true), READY);

        assertEquals(
                Optional.of(new StandingOrder(
                        ((AppState.Spawning) ended.app().state()).marker(),
                        PROGRAM,
                        new Standing(Duration.ZERO, true))),
                StandingOrder.of(MACHINE, stopping, READY));
    }

    @Test
    void aLaterSignalOfTheSameRestartHasAnOrderOfItsOwn() {
        App stopping = restarting(spec());
        App pressed = MACHINE.step(stopping, new AppEvent.TimeUp(stopping.entry()), READY)
                .app();
        Step ended = MACHINE.step(pressed, new AppEvent.Exited(PROCESS, new ExitStatus.Signal(9), true), READY);

        assertEquals(
                Optional.of(ended.app().state()),
                StandingOrder.of(MACHINE, pressed, READY).map(order -> new AppState.Spawning(order.marker())));
    }

    @Test
    void whatIsToStayDownOrMustBeLookedAtFirstHasNone() {
        App running = running(spec());
        App stopped = MACHINE.step(running, new AppEvent.Stop(), READY).app();
        App stoppedInRestart =
                MACHINE.step(restarting(spec()), new AppEvent.Stop(), READY).app();
        App withPort = restarting(spec()).withHello(listening());

        for (App app : List.of(App.first(spec().build(), 0, STARTED), stopped, stoppedInRestart, withPort)) {
            assertEquals(Optional.empty(), StandingOrder.of(MACHINE, app, READY));
        }
    }

    private App restarting(AppSpecBuilder spec) {
        App app = MACHINE.step(running(spec), new AppEvent.Restart(Reason.MANUAL), READY)
                .app();
        assertInstanceOf(AppState.Stopping.class, app.state());
        return app;
    }

    private Optional<StandingOrder> orderFor(AppSpecBuilder spec) {
        return StandingOrder.of(MACHINE, running(spec), READY);
    }

    private App running(AppSpecBuilder spec) {
        App app = App.first(spec.build(), 0, STARTED);
        app = MACHINE.step(app, new AppEvent.Start(), STARTED).app();
        if (app.state() instanceof AppState.Queued) {
            app = MACHINE.step(app, new AppEvent.TurnCome(app.entry(), List.of()), STARTED)
                    .app();
        }
        String marker = ((AppState.Spawning) app.state()).marker();
        app = MACHINE.step(app, new AppEvent.Spawned(marker, PROCESS), STARTED).app();
        return MACHINE.step(app, new AppEvent.TimeUp(app.entry()), READY).app();
    }

    private static Hello listening() {
        return new Hello(
                new Life.StopStart(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(8188),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static AppSpecBuilder spec() {
        return new AppSpecBuilder("app").program(PROGRAM);
    }

    private static RestartPolicy policy(RestartPolicy.On on, Duration backoff, int limit) {
        return new RestartPolicy(
                on,
                backoff,
                2,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                limit,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10));
    }

    private static Now after(Duration time) {
        return new Now(STARTED.wall().plus(time), time.toNanos());
    }
}
