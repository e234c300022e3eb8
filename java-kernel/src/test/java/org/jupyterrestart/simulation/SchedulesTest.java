package org.jupyterrestart.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Config;
import org.jupyterrestart.config.CronFires;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.Schedule.Cron;
import org.jupyterrestart.lifecycle.Schedule.Every;
import org.jupyterrestart.lifecycle.Schedule.Manners;
import org.jupyterrestart.lifecycle.Schedule.Missed;
import org.jupyterrestart.lifecycle.Schedule.Quiet;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.workload.Workload;

/**
 * The rules of docs/schedules.md, by the real supervisor on a virtual clock that begins at 2026-11-24T00:00:00Z. An app
 * is ready, and its interval begins, half a second later.
 */
class SchedulesTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");
    private static final Schedule SKIPPING = new Every(Duration.ofHours(6), manners(Missed.SKIP));
    private static final Schedule AT_THREE = new Cron("0 3 * * *", manners(Missed.ONCE));

    private static Manners manners(Missed missed, Quiet... quiet) {
        return new Manners(Duration.ZERO, List.of(quiet), missed, PARIS);
    }

    private static Stage stage(Schedule schedule) {
        Config config = new Config(
                Config.Service.DEFAULT,
                List.of(new AppSpecBuilder("work")
                        .program(Program.of(List.of("work"), Optional.empty(), Map.of()))
                        .schedule(schedule)
                        .build()),
                List.of());
        return new Stage(config, Workload.NONE, new CronFires());
    }

    private static Optional<String> next(Stage stage) {
        return stage.view("work").orElseThrow().nextRestart().map(Instant::toString);
    }

    /** When restarts were made, and why. */
    private static List<String> restarts(Stage stage) {
        return stage.log.all().stream()
                .filter(event -> event.type() == EventType.RESTART_INITIATED)
                .map(SchedulesTest::describe)
                .toList();
    }

    private static String describe(Event event) {
        return event.time() + " " + event.reason().orElseThrow().wireName();
    }

    @Test
    void anIntervalBeginsAnewWithEachRestart() throws RefusedException {
        Stage stage = stage(Schedule.everySixHours());
        stage.pass(Duration.ofHours(2));
        stage.supervisor.restart("work", Reason.MANUAL, false);
        stage.pass(Duration.ofHours(7));
        assertEquals(List.of("2026-11-24T02:00:01Z manual", "2026-11-24T08:00:01Z scheduled"), restarts(stage));
        assertEquals(Optional.of("2026-11-24T14:00:01Z"), next(stage));
    }

    @Test
    void aServiceThatWasAwayKeepsThePlan() {
        Stage stage = stage(Schedule.everySixHours());
        Optional<String> planned = next(stage);
        stage.away(Duration.ofHours(3));
        assertEquals(planned, next(stage));
    }

    @Test
    void whatWasMissedWhileTheServiceWasAwayIsMadeUpForOnce() {
        Stage stage = stage(Schedule.everySixHours());
        stage.away(Duration.ofHours(20));
        stage.pass(Duration.ofMinutes(5));
        assertEquals(List.of("2026-11-24T20:00:01Z scheduled"), restarts(stage));
        assertEquals(Optional.of("2026-11-25T02:00:01Z"), next(stage));
    }

    @Test
    void whatWasMissedIsLeftOutWhereItsUserSaysSo() {
        Stage stage = stage(SKIPPING);
        stage.away(Duration.ofHours(20));
        stage.pass(Duration.ofMinutes(5));
        assertEquals(List.of(), restarts(stage));
        assertEquals(Optional.of("2026-11-25T02:00:01Z"), next(stage));
    }

    @Test
    void whatAMachineSleptThroughIsMadeUpForWithinAMinute() {
        Stage stage = stage(Schedule.everySixHours());
        stage.pass(Duration.ofMinutes(1).plusSeconds(29));
        stage.clock.suspend(Duration.ofHours(20));
        stage.pass(Duration.ofMinutes(5));
        assertEquals(List.of("2026-11-24T20:02:00.500Z scheduled"), restarts(stage));
    }

    @Test
    void whatAMachineSleptThroughIsLeftOutWhereItsUserSaysSo() {
        Stage stage = stage(SKIPPING);
        stage.clock.suspend(Duration.ofHours(20));
        stage.pass(Duration.ofMinutes(5));
        assertEquals(List.of(), restarts(stage));
    }

    @Test
    void aSleepOfAMinuteMissesNothing() {
        Stage stage = stage(SKIPPING);
        stage.pass(Duration.ofHours(6).minusSeconds(10));
        stage.clock.suspend(Duration.ofMinutes(1));
        stage.pass(Duration.ofMinutes(1));
        assertEquals(List.of("2026-11-24T06:01:00.500Z scheduled"), restarts(stage));
    }

    @Test
    void anIntervalIsTheSameByAnyClock() {
        for (Duration by : List.of(Duration.ofDays(3650), Duration.ofDays(-3650), Duration.ofMinutes(-20))) {
            Stage stage = stage(Schedule.everySixHours());
            stage.pass(Duration.ofHours(2));
            Instant expected = Instant.parse(next(stage).orElseThrow()).plus(by);
            stage.clock.jump(by);
            stage.pass(Duration.ofHours(5));
            assertEquals(List.of(expected + " scheduled"), restarts(stage));
        }
    }

    @Test
    void whoLooksRightAfterAClockWasSetSeesThePlanByIt() {
        Stage stage = stage(Schedule.everySixHours());
        Instant planned = Instant.parse(next(stage).orElseThrow());
        stage.clock.jump(Duration.ofHours(2));
        assertEquals(Optional.of(planned.plus(Duration.ofHours(2)).toString()), next(stage));
    }

    @Test
    void aRestartInTwoHoursComesInTwoHoursByAnyClock() throws RefusedException {
        Stage stage = stage(AT_THREE);
        stage.supervisor.restartIn("work", Duration.ofHours(2));
        stage.clock.jump(Duration.ofDays(-30));
        stage.pass(Duration.ofMinutes(119));
        assertEquals(List.of(), restarts(stage));
        stage.pass(Duration.ofMinutes(1));
        assertEquals(List.of("2026-10-25T02:00:01Z scheduled"), restarts(stage));
    }

    @Test
    void anIntervalThatASetClockMovesIntoAQuietTimeEndsWithIt() {
        Quiet morning = new Quiet(LocalTime.of(8, 0), LocalTime.of(10, 0));
        Stage stage = stage(new Every(Duration.ofHours(6), manners(Missed.ONCE, morning)));
        stage.clock.jump(Duration.ofHours(2));
        stage.pass(Duration.ofMinutes(1));
        assertEquals(Optional.of("2026-11-24T09:00:00Z"), next(stage));
    }

    @Test
    void aCalendarTimeComesByTheClockThatIsSet() {
        Stage stage = stage(AT_THREE);
        stage.clock.jump(Duration.ofHours(1));
        stage.pass(Duration.ofHours(1));
        assertEquals(List.of("2026-11-24T02:00:00Z scheduled"), restarts(stage));
    }

    @Test
    void aCalendarTimeThatAClockIsSetOverIsMissed() {
        Stage stage = stage(AT_THREE);
        stage.clock.jump(Duration.ofHours(8));
        stage.pass(Duration.ofMinutes(5));
        assertEquals(List.of("2026-11-24T08:01:00.500Z scheduled"), restarts(stage));

        Stage skipping = stage(new Cron("0 3 * * *", manners(Missed.SKIP)));
        skipping.clock.jump(Duration.ofHours(8));
        skipping.pass(Duration.ofMinutes(5));
        assertEquals(List.of(), restarts(skipping));
    }

    @Test
    void aClockThatIsCorrectedDoesNotRepeatACalendarTime() {
        Stage stage = stage(AT_THREE);
        stage.pass(Duration.ofHours(3));
        stage.clock.jump(Duration.ofHours(-2));
        stage.pass(Duration.ofHours(3));
        assertEquals(List.of("2026-11-24T02:00:00Z scheduled"), restarts(stage));
        assertEquals(Optional.of("2026-11-25T02:00:00Z"), next(stage));
    }

    @Test
    void aClockThatWasYearsAheadDoesNotHoldACalendarTimeBack() {
        Stage stage = stage(AT_THREE);
        stage.clock.jump(Duration.ofDays(-3650));
        stage.pass(Duration.ofMinutes(1));
        assertEquals(
                Instant.parse("2026-11-24T02:00:00Z")
                        .minus(Duration.ofDays(3650))
                        .toString(),
                next(stage).orElseThrow());
    }

    @Test
    void aPostponedRestartMayFallIntoAQuietTime() throws RefusedException {
        Quiet morning = new Quiet(LocalTime.of(8, 0), LocalTime.of(10, 0));
        Stage stage = stage(new Every(
                Duration.ofHours(6), new Manners(Duration.ZERO, List.of(morning), Missed.ONCE, ZoneOffset.UTC)));
        stage.supervisor.postpone("work", Duration.ofHours(3));
        assertEquals(Optional.of("2026-11-24T09:00:00.500Z"), next(stage));
    }
}
