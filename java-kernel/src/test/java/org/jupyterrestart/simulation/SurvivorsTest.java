package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.RefusedException;

/** A process that even KILL does not end (a dead network disk, a GPU driver), seen by the real supervisor. */
class SurvivorsTest {
    private final Stage stage = new Stage(new Config(
            Config.Service.DEFAULT,
            List.of(new AppSpecBuilder("trainer")
                    .program(Program.of(List.of("trainer"), Optional.empty(), Map.of()))
                    .build()),
            List.of()));

    private SimulatedOs.Process main() {
        return stage.os.rootOf("trainer").orElseThrow();
    }

    private Optional<String> message() {
        return stage.view("trainer").flatMap(AppView::message);
    }

    private List<String> told() {
        return stage.log.all().stream()
                .filter(event -> event.type() == EventType.APP_SURVIVORS)
                .map(Event::message)
                .toList();
    }

    @Test
    void survivingChildIsNamedAndBlocksTheStartUntilItIsGone() throws RefusedException {
        ProcessIdentity before = main().identity();
        ProcessIdentity child = stage.os.fork(main()).identity();
        String named = "simulated (pid %d, in uninterruptible sleep)".formatted(child.pid());
        stage.os.halt(child);
        stage.supervisor.restart("trainer", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(10));

        assertEquals("verifying", stage.state("trainer"));
        assertEquals(Optional.of("Waits for the end of " + named), message());
        assertEquals(
                "trainer does not end, in spite of KILL: %s. It is not started while this lives".formatted(named),
                told().getFirst());
        assertEquals(
                List.of(child),
                stage.os.live().stream().map(SimulatedOs.Process::identity).toList());

        stage.os.wake(child);
        stage.pass(Duration.ofSeconds(2));
        assertEquals("running", stage.state("trainer"));
        assertEquals(true, main().identity().startTicks() > before.startTicks());
    }

    @Test
    void survivingMainProcessIsNamedAndBlocksTheStartUntilItIsGone() throws RefusedException {
        ProcessIdentity before = main().identity();
        stage.os.halt(before);
        stage.supervisor.restart("trainer", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(10));

        assertEquals("stopping", stage.state("trainer"));
        assertEquals(
                Optional.of("Waits for the end of its main process (pid %d), which KILL has not ended yet"
                        .formatted(before.pid())),
                message());
        assertEquals(
                "trainer does not end, in spite of KILL: simulated (pid %d, in uninterruptible sleep). It is not started while this lives"
                        .formatted(before.pid()),
                told().getFirst());

        stage.os.wake(before);
        stage.pass(Duration.ofSeconds(2));
        assertEquals("running", stage.state("trainer"));
    }

    @Test
    void itIsStillBlockedWhenTheServiceComesBack() throws RefusedException {
        ProcessIdentity child = stage.os.fork(main()).identity();
        stage.os.halt(child);
        stage.supervisor.restart("trainer", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(1));
        stage.away(Duration.ofMinutes(1));
        stage.pass(Duration.ofMinutes(1));
        assertEquals("verifying", stage.state("trainer"));

        stage.os.wake(child);
        stage.pass(Duration.ofSeconds(2));
        assertEquals("running", stage.state("trainer"));
    }

    @Test
    void whatTakesDaysIsToldEverMoreSeldom() throws RefusedException {
        ProcessIdentity child = stage.os.fork(main()).identity();
        stage.os.halt(child);
        stage.supervisor.restart("trainer", Reason.MANUAL, false);
        stage.pass(Duration.ofDays(1));
        assertEquals(15, told().size());
    }
}
