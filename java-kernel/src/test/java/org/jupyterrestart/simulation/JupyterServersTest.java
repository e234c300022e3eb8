package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.AdoptionRequestBuilder;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.Control.AdoptionRequest;
import org.jupyterrestart.supervisor.Control.UnsavedDocument;
import org.jupyterrestart.supervisor.RefusedException;

/** What becomes of a JupyterLab that says hello, on a virtual clock. */
class JupyterServersTest {
    private final Stage stage = new Stage(new Config(Config.Service.DEFAULT, List.of(), List.of()));

    private static AdoptionRequest hello(int pid, Optional<String> restartId, boolean canRespawn) {
        return AdoptionRequestBuilder.server(pid, 8888)
                .url("http://127.0.0.1:8888/")
                .backFrom(restartId, Map.of("kernels", 3L, "terminals", 1L, "away_s", 1.4))
                .respawn(canRespawn)
                .build();
    }

    private static AdoptionRequest hello(int pid, Optional<String> restartId) {
        return hello(pid, restartId, false);
    }

    /** Of one that the service may start again. */
    private static AdoptionRequest respawning(int pid) {
        return hello(pid, Optional.empty(), true);
    }

    private int adoptLab() throws RefusedException {
        int pid = stage.os.start("lab").identity().pid();
        stage.supervisor.adopt("jupyterlab", hello(pid, Optional.empty()));
        stage.pass(Duration.ZERO);
        return pid;
    }

    private AppView lab() {
        return stage.view("jupyterlab").orElseThrow();
    }

    private ProcessIdentity process() {
        return stage.os.rootOf("lab").orElseThrow().identity();
    }

    @Test
    void serverReplacesItselfOnceEveryTabHasSaved() throws RefusedException {
        int pid = adoptLab();
        stage.supervisor.clientPolls("tab-1", Duration.ofSeconds(25));
        stage.supervisor.clientPolls("tab-2", Duration.ofSeconds(25));
        long before = stage.log.lastSeq();
        String id = stage.supervisor
                .restart("jupyterlab", Reason.MANUAL, false)
                .restartId()
                .orElseThrow();
        stage.pass(Duration.ZERO);
        assertEquals("draining", lab().state());
        stage.supervisor.drained(
                "jupyterlab", id, "tab-1", List.of("a.ipynb"), List.of(new UnsavedDocument("b", "read-only")));
        assertEquals("draining", lab().state());
        stage.supervisor.clientGone("tab-2");
        assertEquals("starting", lab().state());
        stage.pass(Duration.ofSeconds(2));
        stage.supervisor.adopt("jupyterlab", hello(pid, Optional.of(id)));
        stage.pass(Duration.ZERO);
        assertEquals(
                List.of(
                        "jupyterlab restart.initiated",
                        "jupyterlab restart.preparing",
                        "jupyterlab restart.draining",
                        "jupyterlab restart.drained",
                        "jupyterlab restart.starting",
                        "jupyterlab restart.restoring",
                        "jupyterlab restart.completed"),
                stage.toldAfter(before));
        assertEquals(
                "JupyterLab restarted in 1.4 s: 3 kernels, 1 terminal, 1 document kept",
                stage.last().message());
        assertEquals(OptionalInt.of(pid), lab().pid());
    }

    @Test
    void tabThatNoLongerPollsIsNotWaitedFor() throws RefusedException {
        adoptLab();
        stage.supervisor.clientPolls("tab-1", Duration.ofSeconds(25));
        stage.pass(Duration.ofSeconds(41));
        stage.supervisor.restart("jupyterlab", Reason.MANUAL, false);
        stage.pass(Duration.ZERO);
        assertEquals("starting", lab().state());
    }

    @Test
    void leftServerIsStoppedAndUpAgainWithTheNextHello() throws RefusedException {
        adoptLab();
        stage.supervisor.leave("jupyterlab");
        stage.os.exit(process(), new ExitStatus.Code(0));
        stage.pass(Duration.ofSeconds(1));
        assertEquals(List.of("stopped", false), List.of(lab().state(), lab().wantedUp()));
        adoptLab();
        assertEquals(List.of("running", true), List.of(lab().state(), lab().wantedUp()));
    }

    @Test
    void serverThatItsUserStartedAgainByHandIsNotStartedASecondTime() throws RefusedException {
        ProcessIdentity first = stage.os.start("lab").identity();
        stage.supervisor.adopt("jupyterlab", respawning(first.pid()));
        stage.pass(Duration.ZERO);
        stage.away(Duration.ofSeconds(1), () -> {
            stage.os.exit(first, new ExitStatus.Signal(9));
            stage.os.start("lab");
            stage.os.listen(8888, process());
        });
        stage.pass(Duration.ofSeconds(5));
        assertEquals("waiting", lab().state());
        stage.supervisor.adopt("jupyterlab", respawning(process().pid()));
        stage.pass(Duration.ofMinutes(1));
        assertEquals(
                List.of("running", OptionalInt.of(process().pid()), 1L),
                List.of(
                        lab().state(),
                        lab().pid(),
                        stage.os.live().stream()
                                .filter(it -> it.app().equals("lab"))
                                .count()));
    }
}
