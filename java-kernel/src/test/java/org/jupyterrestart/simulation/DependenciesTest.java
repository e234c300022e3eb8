package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.supervisor.AppPlan.PlanStep;
import org.jupyterrestart.supervisor.RefusedException;

/** {@code web} depends on {@code db}, {@code db} on {@code disk}; {@code alone} on nothing. */
class DependenciesTest {
    private static AppSpecBuilder app(String name, String... dependsOn) {
        return new AppSpecBuilder(name)
                .program(Program.of(List.of(name), Optional.empty(), Map.of()))
                .dependsOn(List.of(dependsOn));
    }

    private static Stage stage(AppSpecBuilder... apps) {
        return new Stage(new Config(
                Config.Service.DEFAULT,
                Arrays.stream(apps).map(AppSpecBuilder::build).toList(),
                List.of()));
    }

    private static Stage chain() {
        return stage(app("web", "db"), app("db", "disk"), app("disk"), app("alone"));
    }

    /** What was told of the chain, without the steps between. */
    private static List<String> chainAfter(Stage stage, long seq) {
        return stage.toldAfter(seq).stream()
                .filter(line -> Stream.of(
                                "stopping", "stopped", "verifying", "starting", "ready", "completed", "failed")
                        .anyMatch(line::endsWith))
                .filter(line -> !line.startsWith("alone"))
                .toList();
    }

    @Test
    void dependantIsStartedWhenWhatItDependsOnIsReady() {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        assertEquals(
                List.of(
                        "disk app.starting",
                        "disk app.ready",
                        "db app.starting",
                        "db app.ready",
                        "web app.starting",
                        "web app.ready"),
                chainAfter(stage, 0));
    }

    @Test
    void whatItWaitsForIsShownAndToldOnce() {
        // Until it says hello, it is starting.
        Stage stage = stage(app("web", "db"), app("db", "disk"), app("disk").life(Life.IN_PLACE));
        List<String> waits = stage.log.all().stream()
                .filter(event -> event.type().wireName().equals("app.waiting"))
                .map(event -> event.message())
                .toList();
        assertEquals(List.of("db waits for disk (starting)", "web waits for db (waiting)"), waits);
        assertEquals("waiting", stage.state("web"));
        assertEquals(
                Optional.of("It waits for db (waiting)"),
                stage.view("web").orElseThrow().message());
    }

    @Test
    void groupIsStoppedInReverseAndStartedInOrder() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();

        stage.supervisor.restartTogether(List.of(), Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(2));

        assertEquals(
                List.of(
                        "web restart.stopping",
                        "web restart.verifying",
                        "db restart.stopping",
                        "db restart.verifying",
                        "disk restart.stopping",
                        "disk restart.verifying",
                        "disk restart.starting",
                        "disk restart.completed",
                        "db restart.starting",
                        "db restart.completed",
                        "web restart.starting",
                        "web restart.completed"),
                chainAfter(stage, seq));
        assertEquals("running", stage.state("alone"));
        assertEquals(1, stage.view("alone").orElseThrow().restarts());
    }

    @Test
    void planSaysWhatTheStartWaitsFor() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        List<String> starting = stage.supervisor.plan(Optional.of("web"), 1).getFirst().steps().stream()
                .filter(step -> step.step().equals("starting"))
                .map(PlanStep::what)
                .toList();
        assertEquals(
                List.of("wait until what it depends on is ready: db", "start it and wait until it is ready"), starting);
    }

    @Test
    void planNamesTheSignalsOfAStop() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        List<String> stopping = stage.supervisor.plan(Optional.of("alone"), 1).getFirst().steps().stream()
                .filter(step -> step.step().equals("stopping"))
                .map(PlanStep::what)
                .toList();
        assertEquals(List.of("send TERM and wait 10s, then KILL"), stopping);
    }

    @Test
    void groupIsStoppedInReverse() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();

        stage.supervisor.stopTogether(List.of());
        stage.pass(Duration.ofMinutes(2));

        assertStoppedInReverseAfter(stage, seq);
    }

    @Test
    void groupStopGoesOnWithTheNextService() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();

        stage.supervisor.stopTogether(List.of());
        stage.away(Duration.ofMinutes(1));
        stage.pass(Duration.ofMinutes(2));

        assertStoppedInReverseAfter(stage, seq);
    }

    private static void assertStoppedInReverseAfter(Stage stage, long seq) {
        assertEquals(
                List.of(
                        "web app.stopping",
                        "web app.stopped",
                        "db app.stopping",
                        "db app.stopped",
                        "disk app.stopping",
                        "disk app.stopped"),
                chainAfter(stage, seq));
        assertEquals(List.of("stopped", "stopped", "stopped", "stopped"), states(stage, "disk", "db", "web", "alone"));
    }

    @Test
    void groupIsStartedInOrderWithWhatItNeeds() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        stage.supervisor.stopTogether(List.of());
        stage.pass(Duration.ofMinutes(2));
        long seq = stage.log.lastSeq();

        stage.supervisor.startTogether(List.of("web", "alone"));
        stage.pass(Duration.ofMinutes(2));

        assertEquals(
                List.of("disk app.starting", "db app.starting", "web app.starting"),
                chainAfter(stage, seq).stream()
                        .filter(told -> told.endsWith("app.starting"))
                        .toList());
        assertEquals(List.of("running", "running", "running", "running"), states(stage, "disk", "db", "web", "alone"));
    }

    @Test
    void allThatAreDownAreStartedWhereNoneIsNamed() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        stage.supervisor.stopTogether(List.of("web", "alone"));
        stage.pass(Duration.ofMinutes(2));
        long seq = stage.log.lastSeq();

        stage.supervisor.startTogether(List.of());
        stage.pass(Duration.ofMinutes(2));

        assertEquals(List.of("running", "running", "running", "running"), states(stage, "disk", "db", "web", "alone"));
        assertEquals(
                List.of("alone app.starting", "web app.starting"),
                stage.toldAfter(seq).stream()
                        .filter(told -> told.endsWith("app.starting"))
                        .sorted()
                        .toList());
        assertThrows(RefusedException.class, () -> stage.supervisor.startTogether(List.of("db", "nope")));
    }

    @Test
    void oneThatEndsBeforeItsTurnStaysDown() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        stage.supervisor.stopTogether(List.of("db", "web"));
        stage.os.exit(stage.os.rootOf("db").orElseThrow().identity(), new ExitStatus.Code(1));
        stage.pass(Duration.ofMinutes(2));
        assertEquals(List.of("running", "stopped", "stopped"), states(stage, "disk", "db", "web"));
    }

    @Test
    void whoIsStartedAgainBeforeHisTurnIsNotStoppedWithTheGroup() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        stage.supervisor.stopTogether(List.of("db", "web"));
        assertEquals(List.of("stopping", "stopping"), states(stage, "db", "web"));
        stage.supervisor.start("db");
        stage.pass(Duration.ofMinutes(2));
        assertEquals(List.of("running", "running", "stopped"), states(stage, "disk", "db", "web"));
    }

    @Test
    void groupWithAnUnknownAppStopsNone() {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();
        RefusedException refused =
                assertThrows(RefusedException.class, () -> stage.supervisor.stopTogether(List.of("db", "nope")));
        assertEquals(RefusedException.Kind.NO_SUCH_APP, refused.kind());
        assertEquals(seq, stage.log.lastSeq());
    }

    @Test
    void groupNamesTheRestartOfEachApp() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        assertEquals(
                List.of("db", "web"),
                stage.supervisor.restartTogether(List.of("web", "db"), Reason.MANUAL, false).restarts().stream()
                        .map(begun -> begun.app())
                        .toList());
        stage.pass(Duration.ofMinutes(2));
        assertEquals(0, stage.view("disk").orElseThrow().restarts());
        assertEquals(1, stage.view("db").orElseThrow().restarts());
    }

    @Test
    void groupWithAnUnknownAppRestartsNone() {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();
        RefusedException refused = assertThrows(
                RefusedException.class,
                () -> stage.supervisor.restartTogether(List.of("db", "nope"), Reason.MANUAL, false));
        assertEquals(RefusedException.Kind.NO_SUCH_APP, refused.kind());
        assertEquals(seq, stage.log.lastSeq());
    }

    @Test
    void oneThatFailsLeavesNoneOfTheOthersDown() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        stage.os.refuse("db");
        stage.supervisor.restartTogether(List.of(), Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(3));
        assertEquals(List.of("running", "waiting", "running", "running"), states(stage, "disk", "db", "web", "alone"));
        assertEquals(
                List.of("web is started without what it depends on: db (waiting)"),
                stage.log.all().stream()
                        .map(event -> event.message())
                        .filter(message -> message.contains("without"))
                        .toList());
    }

    @Test
    void startOfADependantStartsWhatItNeeds() throws Exception {
        Stage stage = stage(
                app("web", "db").autostart(false),
                app("db", "disk").autostart(false),
                app("disk").autostart(false));
        stage.supervisor.start("web");
        stage.pass(Duration.ofSeconds(5));
        assertEquals(List.of("running", "running", "running"), states(stage, "disk", "db", "web"));
    }

    @Test
    void dependantRunsOnWhileWhatItDependsOnIsRestartedOrStopped() throws Exception {
        Stage stage = chain();
        stage.pass(Duration.ofSeconds(5));
        long seq = stage.log.lastSeq();
        stage.supervisor.restart("db", Reason.MANUAL, false);
        stage.pass(Duration.ofMinutes(1));
        stage.supervisor.stop("disk");
        stage.pass(Duration.ofMinutes(1));
        assertEquals(
                List.of(),
                stage.toldAfter(seq).stream()
                        .filter(line -> line.startsWith("web"))
                        .toList());
        assertEquals(List.of("stopped", "running", "running"), states(stage, "disk", "db", "web"));
    }

    @Test
    void stopOfAnAppThatWaitsIsObeyedAtOnce() throws Exception {
        Stage stage = chain();
        stage.supervisor.stop("web");
        stage.pass(Duration.ofSeconds(5));
        assertEquals(List.of("running", "running", "stopped"), states(stage, "disk", "db", "web"));
        assertEquals(Optional.empty(), stage.os.rootOf("web"));
    }

    private static Stage eager() {
        RestartPolicy eager = new RestartPolicy(
                RestartPolicy.On.ALWAYS,
                Duration.ofMillis(100),
                1,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                1_000_000,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10));
        return stage(app("a").restart(eager), app("b").restart(eager), app("c").restart(eager));
    }

    private static void crashEachSecond(Stage stage, int seconds) {
        for (int second = 0; second < seconds; second++) {
            stage.os.live().stream()
                    .filter(process -> !process.app().isEmpty())
                    .forEach(process -> stage.os.exit(process.identity(), new ExitStatus.Code(1)));
            stage.pass(Duration.ofSeconds(1));
        }
    }

    private static List<String> storms(Stage stage) {
        return stage.toldAfter(0).stream()
                .filter(line -> line.startsWith("service.storm") || line.startsWith("service.calm"))
                .toList();
    }

    @Test
    void stormOfCrashesIsToldOnceSpreadsStartsAndHeals() {
        Stage stage = eager();
        crashEachSecond(stage, 60);
        long starts = stage.toldAfter(0).stream()
                .filter(line -> line.endsWith("restart.starting"))
                .count();
        // Six before it is a storm, then one in two seconds.
        assertEquals(36, starts, 2);
        stage.pass(Duration.ofMinutes(2));
        assertEquals(List.of("running", "running", "running"), states(stage, "a", "b", "c"));
        assertEquals(List.of("service.storm", "service.calm"), storms(stage));
    }

    @Test
    void stormGoesOnWithTheNextService() {
        Stage stage = eager();
        crashEachSecond(stage, 20);
        long seq = stage.log.lastSeq();
        stage.away(Duration.ofSeconds(1));
        crashEachSecond(stage, 18);
        long starts = stage.toldAfter(seq).stream()
                .filter(line -> line.endsWith("restart.starting"))
                .count();
        assertEquals(10, starts, 2);
        assertEquals(List.of("service.storm"), storms(stage));
        stage.away(Duration.ofMinutes(2));
        stage.pass(Duration.ofMinutes(2));
        assertEquals(List.of("service.storm", "service.calm"), storms(stage));
    }

    private static List<String> states(Stage stage, String... apps) {
        return Arrays.stream(apps).map(stage::state).toList();
    }
}
