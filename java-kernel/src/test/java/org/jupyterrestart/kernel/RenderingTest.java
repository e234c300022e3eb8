package org.jupyterrestart.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.AppPlan;
import org.jupyterrestart.api.wire.AppState;
import org.jupyterrestart.api.wire.Life;
import org.jupyterrestart.api.wire.Plan;
import org.jupyterrestart.api.wire.PlanStep;
import org.jupyterrestart.api.wire.RestartStep;
import org.jupyterrestart.api.wire.Standby;
import org.jupyterrestart.api.wire.Wanted;
import org.jupyterrestart.lifecycle.Reason;

class RenderingTest {
    private static final Instant NEXT = Instant.parse("2026-11-24T06:00:00Z");
    private final Rendering rendering = new Rendering(ZoneId.of("Europe/Paris"));

    private static App app(AppState state, Optional<String> message) {
        return new App(
                "comfyui",
                "ComfyUI",
                "comfyui",
                Life.STOP_START,
                state,
                Wanted.UP,
                OptionalInt.of(42),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                true,
                Optional.empty(),
                OptionalLong.of(245),
                Optional.of(NEXT),
                OptionalLong.of(5400),
                OptionalLong.empty(),
                Optional.of(NEXT.minusSeconds(7200)),
                Optional.of(Reason.GPU_MEMORY),
                3,
                OptionalLong.of(182L << 20),
                OptionalLong.empty(),
                Optional.empty(),
                message,
                List.of(),
                Standby.RESTART,
                OptionalLong.empty());
    }

    @Test
    void statusIsATable() {
        assertEquals(
                """
                App      State    Up         Automatic restarts  Next restart                                      Last restart                      Memory
                comfyui  running  4 min 5 s  on                  2026-11-24 07:00:00 (time remaining: 1 h 30 min)  2026-11-24 05:00:00 (gpu-memory)  182 MB\
                """,
                rendering
                        .status(List.of(app(AppState.RUNNING, Optional.empty())))
                        .text());
    }

    @Test
    void messageOfAnAppStandsBelowTheTable() {
        String text = rendering
                .status(List.of(app(AppState.FAILED, Optional.of("exit code 3, look at its log."))))
                .text();
        assertEquals(
                "ComfyUI: exit code 3, look at its log.", text.lines().toList().getLast());
    }

    @Test
    void htmlIsEscapedAndTakesTheThemesColours() {
        assertEquals(
                "<table style=\"color: var(--jp-content-font-color1); border-color:"
                        + " var(--jp-border-color2)\"><thead><tr><th style=\"text-align:"
                        + " left\">&lt;b&gt;</th></tr></thead><tbody><tr><td style=\"text-align:"
                        + " left\">&quot;&amp;&quot;</td></tr></tbody></table>",
                Output.table(List.of("<b>"), List.of(List.of("\"&\""))).html());
    }

    @Test
    void planNamesFiresAndSteps() {
        PlanStep step = new PlanStep(RestartStep.STOPPING, "TERM, then KILL", Optional.of(10.0));
        Plan plan = new Plan(List.of(new AppPlan("comfyui", List.of(NEXT), List.of(step), List.of("1 busy kernel"))));
        assertEquals("""
            comfyui: next restarts 2026-11-24 07:00:00; held back by 1 busy kernel.

            Step      What             At most
            stopping  TERM, then KILL  10 s\
            """, rendering.plan(plan).text());
    }

    @Test
    void noAppsSayWhatToDo() {
        assertEquals(
                "The restart service runs and has no apps yet. Add one to restart.toml, or adopt one.",
                rendering.status(List.of()).text());
    }
}
