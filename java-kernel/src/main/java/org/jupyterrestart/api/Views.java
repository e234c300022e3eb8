package org.jupyterrestart.api;

import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppPlan;
import org.jupyterrestart.api.wire.AppState;
import org.jupyterrestart.api.wire.Life;
import org.jupyterrestart.api.wire.PlanStep;
import org.jupyterrestart.api.wire.Restart;
import org.jupyterrestart.api.wire.RestartStep;
import org.jupyterrestart.api.wire.Standby;
import org.jupyterrestart.api.wire.Wanted;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.supervisor.AppView;

/** The supervisor's read models in the form of the contract. */
final class Views {
    private static final double MILLIS_PER_SECOND = 1000;

    private Views() {}

    static List<App> apps(List<AppView> views) {
        return views.stream()
                .map(Views::app)
                .sorted(Comparator.comparing(App::name))
                .toList();
    }

    static App app(AppView view) {
        return new App(
                view.name(),
                view.title(),
                view.preset(),
                view.inPlace() ? Life.IN_PLACE : Life.STOP_START,
                named(view.state(), AppState.class),
                view.wantedUp() ? Wanted.UP : Wanted.DOWN,
                view.pid(),
                view.servingPid(),
                view.standbyPid(),
                view.port(),
                view.enabled(),
                view.since(),
                view.uptimeSeconds(),
                view.nextRestart(),
                view.remainingSeconds(),
                view.startsInSeconds(),
                view.lastRestart(),
                view.lastReason(),
                view.restarts(),
                view.memoryBytes(),
                view.gpuMemoryBytes(),
                view.restart().map(Views::restart),
                view.message(),
                view.notes(),
                named(view.standby(), Standby.class),
                view.kernelMemoryLimit());
    }

    private static Restart restart(AppView.RestartView view) {
        return new Restart(
                view.id(), view.reason(), named(view.step(), RestartStep.class), view.since(), view.deadline());
    }

    static AppPlan plan(org.jupyterrestart.supervisor.AppPlan plan) {
        return new AppPlan(
                plan.name(),
                plan.fires(),
                plan.steps().stream().map(Views::step).toList(),
                plan.blockedBy());
    }

    private static PlanStep step(org.jupyterrestart.supervisor.AppPlan.PlanStep step) {
        return new PlanStep(
                named(step.step(), RestartStep.class),
                step.what(),
                step.deadline().map(Views::seconds));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS_PER_SECOND;
    }

    private static <E extends Enum<E>> E named(String wireName, Class<E> type) {
        return Json.read(new JsonPrimitive(wireName), type);
    }
}
