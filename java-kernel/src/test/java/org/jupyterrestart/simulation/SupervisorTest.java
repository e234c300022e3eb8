package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.lifecycle.AppMachine;
import org.jupyterrestart.lifecycle.CronLines;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.resource.GpuMonitor;
import org.jupyterrestart.resource.UnmeasuredSampler;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.AdoptionRequestBuilder;
import org.jupyterrestart.supervisor.AppPlan;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.Control.AdoptionRequest;
import org.jupyterrestart.supervisor.HookRunner;
import org.jupyterrestart.supervisor.Ports;
import org.jupyterrestart.supervisor.PresetApps;
import org.jupyterrestart.supervisor.Prober;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.supervisor.SimulatedLoop;
import org.jupyterrestart.supervisor.Supervisor;
import org.jupyterrestart.workload.Workload;

/** What users ask of the supervisor and what they get, on a virtual clock. */
class SupervisorTest {
    private static final CronLines NO_CRON = (_, _, _) -> Optional.empty();
    private static final HookRunner NO_HOOKS = (_, onDone) -> onDone.accept(List.of());

    private final VirtualClock clock = new VirtualClock();
    private final Death nobody = new Death();
    private final SimulatedOs os = new SimulatedOs(new SplittableRandom(1), clock, nobody);
    private final SimulatedLog log = new SimulatedLog(nobody);
    private final SimulatedStore store = new SimulatedStore(nobody);
    private SimulatedLoop loop;
    private Supervisor supervisor;

    @BeforeEach
    void start() {
        os.calmDown();
        start(new AppMachine(NO_CRON));
    }

    private void start(Machine machine) {
        Config config = new Config(
                Config.Service.DEFAULT,
                List.of(new AppSpecBuilder("work")
                        .title("ComfyUI")
                        .program(Program.of(List.of("work"), Optional.empty(), Map.of()))
                        .build()),
                List.of());
        loop = new SimulatedLoop();
        Ports ports = new Ports(
                os,
                log,
                new UnmeasuredSampler(),
                GpuMonitor.NONE,
                clock,
                store,
                Prober.TRUSTING,
                NO_HOOKS,
                Workload.NONE,
                Path.of("/home"),
                Map.of());
        supervisor = loop.supervisor(config, new PresetApps(Overrides.NONE, ZoneOffset.UTC), ports, machine, NO_CRON);
        supervisor.start();
        pass(Duration.ofSeconds(1));
    }

    private void pass(Duration time) {
        loop.runAll();
        clock.advance(time, loop::runAll);
    }

    private AppView view(String app) {
        return supervisor.snapshot().apps().stream()
                .filter(view -> view.name().equals(app))
                .findFirst()
                .orElseThrow();
    }

    private List<String> toldAfter(long seq) {
        return log.since(seq, 100).stream()
                .map(event -> event.type().wireName())
                .toList();
    }

    private static AdoptionRequest hello(int pid) {
        return AdoptionRequestBuilder.server(pid, 8888).build();
    }

    private int adoptLab() throws RefusedException {
        int pid = os.start("lab").identity().pid();
        supervisor.adopt("jupyterlab", hello(pid));
        loop.runAll();
        return pid;
    }

    private static void assertRefused(RefusedException.Kind kind, String message, Executable command) {
        RefusedException refused = assertThrows(RefusedException.class, command);
        assertEquals(List.of(kind, message), List.of(refused.kind(), refused.getMessage()));
    }

    @Test
    void wantedAppIsStartedWithTheService() {
        assertEquals(List.of("service.started", "app.starting", "app.ready"), toldAfter(0));
        AppView view = view("work");
        assertEquals(
                new AppView(
                        "work",
                        "ComfyUI",
                        "generic",
                        false,
                        "running",
                        true,
                        view.pid(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        true,
                        Optional.of(clock.now().wall().minusMillis(500)),
                        OptionalLong.of(0),
                        Optional.of(clock.now().wall().minusMillis(500).plus(Duration.ofHours(6))),
                        OptionalLong.of(21_599),
                        OptionalLong.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        "restart",
                        OptionalLong.empty()),
                view);
    }

    @Test
    void restartIsCompletedUnderOneId() throws RefusedException {
        long before = log.lastSeq();
        Accepted accepted = supervisor.restart("work", Reason.MANUAL, false);
        assertEquals(new Accepted(before, Optional.of("work-1")), accepted);
        assertEquals(
                Optional.of("work-1"),
                supervisor.restart("work", Reason.SCHEDULED, false).restartId(),
                "a second one joins the first");
        pass(Duration.ofMinutes(1));
        List<Event> told = log.since(before, 100).stream()
                .filter(event -> !event.app().equals(Optional.of("work"))
                        || event.restartId().equals(Optional.of("work-1")))
                .toList();
        assertEquals(
                List.of(
                        "restart.initiated",
                        "restart.preparing",
                        "restart.draining",
                        "restart.stopping",
                        "restart.verifying",
                        "restart.starting",
                        "restart.restoring",
                        "restart.completed"),
                told.stream().map(event -> event.type().wireName()).toList());
        AppView after = view("work");
        assertEquals(
                List.of("running", Optional.of(Reason.MANUAL), 1),
                List.of(after.state(), after.lastReason(), after.restarts()));
    }

    @Test
    void refusalsSayWhatToDo() throws RefusedException {
        int lab = adoptLab();
        int work = view("work").pid().orElseThrow();
        int other = os.start("lab").identity().pid();
        assertRefused(
                RefusedException.Kind.NO_SUCH_APP,
                "There is no app \"comfy\". Apps: jupyterlab, work.",
                () -> supervisor.stop("comfy"));
        assertRefused(
                RefusedException.Kind.REFUSED,
                "There is no live process with pid 9999 on this machine. Is the app up?",
                () -> supervisor.adopt("new", hello(9_999)));
        assertRefused(
                RefusedException.Kind.REFUSED,
                "Process %d is supervised already, as app work. Use that name.".formatted(work),
                () -> supervisor.adopt("new", hello(work)));
        assertRefused(
                RefusedException.Kind.REFUSED,
                "App jupyterlab runs already, as process %d. Stop that one, or take another name.".formatted(lab),
                () -> supervisor.adopt("jupyterlab", hello(other)));
        assertRefused(
                RefusedException.Kind.REFUSED,
                "The service does not know how to start jupyterlab. Start it as before, or give it a command in the"
                        + " config file.",
                () -> supervisor.restart("jupyterlab", Reason.HANG, false));
        supervisor.enable("work", false);
        assertRefused(
                RefusedException.Kind.REFUSED,
                "Automatic restarts of work are off: there is none to postpone.",
                () -> supervisor.postpone("work", Duration.ofHours(1)));
        assertRefused(
                RefusedException.Kind.BAD_REQUEST,
                "A delay of PT-1S can't be: give one from 0s to 3650d.",
                () -> supervisor.restartIn("work", Duration.ofSeconds(-1)));
        assertEquals(2, supervisor.snapshot().apps().size(), "a refused adoption leaves nothing behind");
    }

    @Test
    void scheduledRestartComesAtItsTimeAndTheNextAfterIt() throws RefusedException {
        assertEquals(
                List.of(
                        view("work").nextRestart().orElseThrow(),
                        view("work").nextRestart().orElseThrow().plusSeconds(21_600)),
                supervisor.plan(Optional.of("work"), 2).stream()
                        .map(AppPlan::fires)
                        .toList()
                        .getFirst());
        pass(Duration.ofHours(6).plusMinutes(1));
        assertEquals(Optional.of(Reason.SCHEDULED), view("work").lastReason());
        pass(Duration.ofHours(6));
        assertEquals(2, view("work").restarts());
    }

    @Test
    void machineThatThrowsLosesNothingAndIsTold() throws RefusedException {
        start((_, _, _) -> {
            throw new IllegalStateException("a bug");
        });
        supervisor.stop("work");
        assertEquals("service.error", log.all().getLast().type().wireName());
        assertEquals("running", view("work").state());
    }

    @Test
    void serviceThatIsStartedAgainGoesOnWithWhatRuns() {
        AppView before = view("work");
        long seq = log.lastSeq();
        loop.end();
        os.forgetService();
        start(new AppMachine(NO_CRON));
        assertEquals(List.of("service.started", "service.adopted"), toldAfter(seq));
        assertEquals(before.pid(), view("work").pid());
        assertEquals(before.nextRestart(), view("work").nextRestart());
    }

    @Test
    void serviceThatLostItsStateDoesNotStartASecondCopy() {
        OptionalInt before = view("work").pid();
        long seq = log.lastSeq();
        loop.end();
        os.forgetService();
        store.spoil();
        start(new AppMachine(NO_CRON));
        assertEquals(List.of("service.error", "service.started", "app.ready"), toldAfter(seq));
        assertEquals(before, view("work").pid());
    }

    @Test
    void serverSpeaksForTheScriptThatStartedIt() throws RefusedException {
        supervisor.restart("work", Reason.MANUAL, false);
        while (!view("work").state().equals("starting")) {
            pass(Duration.ofMillis(100));
        }
        SimulatedOs.Process script = os.rootOf("work").orElseThrow();
        supervisor.adopt("work", hello(os.fork(script).identity().pid()));
        loop.runAll();
        assertEquals(
                List.of("running", OptionalInt.of(script.identity().pid()), OptionalInt.of(8888)),
                List.of(view("work").state(), view("work").pid(), view("work").port()));
    }

    @Test
    void secondServerStartedInATerminalOfTheFirstIsAnotherApp() throws RefusedException {
        int first = adoptLab();
        int second = os.fork(os.rootOf("lab").orElseThrow()).identity().pid();
        Note note = new Note("other_supervisor", "It was started by another.", "Leave it to that one.");
        AdoptionRequest request =
                AdoptionRequestBuilder.server(second, 8889).notes(List.of(note)).build();
        assertRefused(
                RefusedException.Kind.REFUSED,
                "App jupyterlab runs already, as process %d. Stop that one, or take another name.".formatted(first),
                () -> supervisor.adopt("jupyterlab", request));
        supervisor.adopt("jupyterlab-8889", request);
        assertEquals(OptionalInt.of(second), view("jupyterlab-8889").pid());
        assertEquals(List.of(note), view("jupyterlab-8889").notes());
    }

    @Test
    void whatWasSaidOfAnAdoptedProgramIsNotSaidOfTheNext() throws RefusedException {
        supervisor.stop("work");
        pass(Duration.ofSeconds(1));
        Note note = new Note("in_notebook", "It was started from a notebook.", "A restart starts it outside.");
        int pid = os.start("work").identity().pid();
        supervisor.adopt(
                "work", AdoptionRequestBuilder.process(pid).notes(List.of(note)).build());
        loop.runAll();
        assertEquals(List.of(note), view("work").notes());
        supervisor.restart("work", Reason.MANUAL, false);
        pass(Duration.ofMinutes(1));
        assertEquals(
                List.of("running", List.of()),
                List.of(view("work").state(), view("work").notes()));
    }
}
