package org.jupyterrestart.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jupyterrestart.lifecycle.Samples.INSTANCE;
import static org.jupyterrestart.lifecycle.Samples.NEXT;
import static org.jupyterrestart.lifecycle.Samples.NOW;
import static org.jupyterrestart.lifecycle.Samples.comfyUi;
import static org.jupyterrestart.lifecycle.Samples.step;
import static org.jupyterrestart.lifecycle.Samples.told;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.AppEvent.Enable;
import org.jupyterrestart.lifecycle.AppEvent.Postpone;
import org.jupyterrestart.lifecycle.AppEvent.RestartIn;
import org.jupyterrestart.lifecycle.AppEvent.Tick;
import org.jupyterrestart.lifecycle.AppState.Running;

class CalendarTest {

    private static Map<String, Object> at(Instant time, int noticeSeconds) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("at", time.toString());
        data.put("next_restart", time.toString());
        data.put("notice_s", (long) noticeSeconds);
        return data;
    }

    @Test
    void dueRestartIsMadeAndTheNextOnePlanned() {
        App running = comfyUi(new Running(INSTANCE)).withPlanned(Optional.of(PlannedRestart.bySchedule(NOW.wall())));
        Step step = step(running, new Tick());
        assertEquals(
                List.of(Optional.of(Reason.SCHEDULED), Optional.of(PlannedRestart.bySchedule(NEXT))),
                List.of(step.app().restart().map(RestartRun::reason), step.app().planned()));
    }

    @Test
    void dueRestartIsPassedOverWhileDisabled() {
        App running = comfyUi(new Running(INSTANCE))
                .enabled(false)
                .withPlanned(Optional.of(PlannedRestart.bySchedule(NOW.wall())));
        assertEquals(
                Step.of(running.withPlanned(Optional.of(PlannedRestart.bySchedule(NEXT)))), step(running, new Tick()));
    }

    @Test
    void restartSetByHandIsMadeEvenWhileDisabled() {
        App running = comfyUi(new Running(INSTANCE))
                .enabled(false)
                .withPlanned(Optional.of(new PlannedRestart(NOW.wall(), true, false)));
        assertEquals(
                Optional.of("comfyui-1"),
                step(running, new Tick()).app().restart().map(RestartRun::id));
    }

    @Test
    void missedRestartIsLeftOutWhereItsUserSaysSo() {
        Schedule.Manners skip = new Schedule.Manners(Duration.ZERO, List.of(), Schedule.Missed.SKIP, ZoneOffset.UTC);
        App running = comfyUi(new Running(INSTANCE))
                .with(Samples.comfyUi()
                        .schedule(new Schedule.Every(Duration.ofHours(6), skip))
                        .build())
                .withPlanned(Optional.of(PlannedRestart.bySchedule(NOW.wall().minusSeconds(61))));
        assertEquals(
                Step.of(running.withPlanned(Optional.of(PlannedRestart.bySchedule(NEXT)))), step(running, new Tick()));
    }

    @Test
    void noticeIsGivenOnceAndInTime() {
        Instant soon = NOW.wall().plusSeconds(120);
        App running = comfyUi(new Running(INSTANCE))
                .with(Samples.comfyUi().notice(Duration.ofMinutes(2)).build())
                .withPlanned(Optional.of(PlannedRestart.bySchedule(soon)));
        App announced = running.withPlanned(Optional.of(new PlannedRestart(soon, false, true)));
        assertEquals(
                new Step(
                        announced,
                        List.of(told(running, EventType.RESTART_SCHEDULED, "ComfyUI restarts in 2 min", at(soon, 120))),
                        List.of()),
                step(running, new Tick()));
        assertEquals(Step.of(announced), step(announced, new Tick()));
        assertEquals(
                List.of(Optional.of(NOW.wall()), Optional.of(soon)),
                List.of(Calendar.wake(running), Calendar.wake(announced)));
    }

    @Test
    void postponedRestartIsItsPlannedTimeAndMore() {
        App running = comfyUi(new Running(INSTANCE));
        Instant later = NEXT.plusSeconds(1_800);
        assertEquals(
                new Step(
                        running.withPlanned(Optional.of(PlannedRestart.bySchedule(later))),
                        List.of(told(
                                running,
                                EventType.RESTART_POSTPONED,
                                "The next restart of ComfyUI is postponed",
                                at(later, 0))),
                        List.of()),
                step(running, new Postpone(Duration.ofMinutes(30))));
    }

    @Test
    void restartInSomeTimeIsCountedFromNow() {
        App running = comfyUi(new Running(INSTANCE));
        Instant at = NOW.wall().plusSeconds(7_200);
        assertEquals(
                new Step(
                        running.withPlanned(Optional.of(new PlannedRestart(at, true, false))),
                        List.of(told(running, EventType.RESTART_SCHEDULED, "ComfyUI restarts in 120 min", at(at, 0))),
                        List.of()),
                step(running, new RestartIn(Duration.ofHours(2))));
    }

    @Test
    void switchIsToldOnce() {
        App running = comfyUi(new Running(INSTANCE));
        App disabled = running.enabled(false);
        assertEquals(
                new Step(
                        disabled,
                        List.of(told(running, EventType.APP_DISABLED, "Automatic restarts of ComfyUI are off")),
                        List.of()),
                step(running, new Enable(false)));
        assertEquals(Step.of(disabled), step(disabled, new Enable(false)));
    }

    @Test
    void firesFollowThePlannedOne() {
        Calendar calendar = new Calendar((_, _, _) -> Optional.empty());
        assertEquals(
                List.of(NEXT, NEXT.plusSeconds(21_600), NEXT.plusSeconds(43_200)),
                calendar.fires(comfyUi(new Running(INSTANCE)), 3, NOW));
    }
}
