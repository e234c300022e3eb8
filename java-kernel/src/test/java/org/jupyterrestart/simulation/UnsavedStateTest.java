package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.RefusedException;

/** The disk of the home is full, has failed or has become read-only. */
class UnsavedStateTest {
    private final Stage stage = new Stage(new Config(
            Config.Service.DEFAULT,
            List.of(new AppSpecBuilder("work")
                    .program(Program.of(List.of("work"), Optional.empty(), Map.of()))
                    .build()),
            List.of()));

    @Test
    void appsAreRestartedAndUsersAreToldOnceUntilItWorksAgain() throws RefusedException {
        stage.store.fail("Read-only file system");
        restart();
        restart();
        assertEquals(List.of(message("Read-only file system")), errors());

        stage.store.work();
        restart();
        stage.store.fail("Read-only file system");
        restart();
        assertEquals(List.of(message("Read-only file system"), message("Read-only file system")), errors());

        stage.store.fail("No space left on device");
        restart();
        assertEquals(message("No space left on device"), errors().getLast());
        assertEquals(3, errors().size());
    }

    @Test
    void whatIsDecidedMeanwhileIsSavedWhenItCanBeThoughNothingHappens() throws RefusedException {
        stage.store.fail("Read-only file system");
        restart();
        stage.store.work();
        stage.pass(Duration.ofSeconds(5));

        assertEquals(
                stage.os.rootOf("work").map(SimulatedOs.Process::identity),
                stage.store.saved().apps().getFirst().state().process().map(Instance::identity));
    }

    @Test
    void appThatIsStartedMeanwhileIsSaidToPrintInVainAsLongAsItLives() throws RefusedException {
        stage.store.fail("Read-only file system");
        restart();
        stage.store.work();
        List<Note> lost = List.of(new Note(
                "output_lost",
                "What it prints is lost: /home/logs/work.log could not be written to when it was started.",
                "Make the folder writable, then restart the app."));
        assertEquals(lost, stage.view("work").orElseThrow().notes());
        restart();
        assertEquals(List.of(), stage.view("work").orElseThrow().notes());
    }

    private void restart() throws RefusedException {
        ProcessIdentity before = stage.os.rootOf("work").orElseThrow().identity();
        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(1));
        assertEquals("running", stage.state("work"));
        assertFalse(stage.os.isAlive(before));
    }

    private List<String> errors() {
        return stage.log.all().stream()
                .filter(event -> event.type() == EventType.SERVICE_ERROR)
                .map(Event::message)
                .toList();
    }

    private static String message(String why) {
        return ("The state can't be saved (%s): apps are looked after, but what happens now is forgotten with this"
                        + " service. Make /home writable, with room on its disk")
                .formatted(why);
    }
}
