package org.jupyterrestart.simulation;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppEvent;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.Step;

/** Tens of thousands of random histories of the real supervisor; a failing one is named by its seed, and told. */
class SimulationTest {
    private static final int SEEDS = 20_000;
    private static final int SEEDS_FOR_A_BUG = 2_000;

    @Test
    void noHistoryBreaksAnInvariantAndEveryStateIsMet() {
        Set<Class<?>> met = new HashSet<>();
        run(SEEDS, machine -> (app, event, now) -> {
            Step step = machine.step(app, event, now);
            met.add(step.app().state().getClass());
            return step;
        });
        assertEquals(records(AppState.class).collect(toSet()), met);
    }

    /** Mistakes that a machine could make: a simulation that misses one is worth nothing. */
    enum Bug {
        STOP_DURING_A_START_IS_BELIEVED_AT_ONCE {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                boolean isMet = event instanceof AppEvent.Stop && app.state() instanceof AppState.Spawning;
                return isMet ? new Step(stopped(app), List.of(), List.of()) : machine.step(app, event, now);
            }
        },
        SURVIVORS_ARE_OVERLOOKED {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                return event instanceof AppEvent.TreeChecked it
                        ? machine.step(app, new AppEvent.TreeChecked(it.identity(), List.of()), now)
                        : machine.step(app, event, now);
            }
        },
        START_IS_REPEATED_WITHOUT_A_LOOK {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                return event instanceof AppEvent.Resumed && app.state() instanceof AppState.Spawning(String marker)
                        ? machine.step(app, new AppEvent.NotFound(marker), now)
                        : machine.step(app, event, now);
            }
        },
        NOBODY_WAITS_FOR_ITS_TURN {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                return event instanceof AppEvent.TurnHeld held
                        ? machine.step(app, new AppEvent.TurnCome(held.entry(), List.of()), now)
                        : machine.step(app, event, now);
            }
        },
        EACH_HELLO_AFTER_A_CRASH_IS_A_CRASH {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                return machine.step(
                        event instanceof AppEvent.Adopt it && it.tookOver() ? unknown(app) : app, event, now);
            }
        },
        END_WITH_THE_SERVICE_IS_WHAT_USERS_WANT {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                return machine.step(app, event instanceof AppEvent.Stop ? new AppEvent.Stop() : event, now);
            }
        },
        RESTART_THAT_NEVER_GETS_READY_IS_NOT_TOLD {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                Step step = machine.step(app, event, now);
                return event instanceof AppEvent.TimeUp && app.state() instanceof AppState.Starting
                        ? new Step(
                                step.app(),
                                step.told().stream()
                                        .filter(told -> told.type() != EventType.RESTART_FAILED)
                                        .toList(),
                                step.actions())
                        : step;
            }
        },
        EVENTS_ARE_TOLD_TWICE {
            @Override
            Step step(Machine machine, App app, AppEvent event, Now now) {
                Step step = machine.step(app, event, now);
                return event instanceof AppEvent.Exited
                        ? new Step(
                                step.app(),
                                Stream.concat(step.told().stream(), step.told().stream())
                                        .toList(),
                                step.actions())
                        : step;
            }
        };

        abstract Step step(Machine machine, App app, AppEvent event, Now now);
    }

    @ParameterizedTest
    @EnumSource
    void bugIsCaught(Bug bug) {
        assertThrows(
                AssertionError.class,
                () -> run(SEEDS_FOR_A_BUG, machine -> (app, event, now) -> bug.step(machine, app, event, now)));
    }

    private static void run(int seeds, UnaryOperator<Machine> mutation) {
        for (long seed = 0; seed < seeds; seed++) {
            World world = new World(new SplittableRandom(seed), mutation);
            try {
                world.run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed %d:%n%s".formatted(seed, String.join("\n", world.story())), failure);
            }
        }
    }

    private static App stopped(App app) {
        return new App(
                app.spec(),
                new AppState.Stopped(),
                app.entry() + 1,
                app.since(),
                App.Wanted.DOWN,
                app.isEnabled(),
                Optional.empty(),
                app.planned(),
                app.hello(),
                app.history());
    }

    private static App unknown(App app) {
        return new App(
                app.spec(),
                app.state(),
                app.entry(),
                app.since(),
                app.wanted(),
                app.isEnabled(),
                app.restart(),
                app.planned(),
                Optional.empty(),
                app.history());
    }

    private static Stream<Class<?>> records(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Arrays.stream(type.getPermittedSubclasses()).flatMap(SimulationTest::records);
    }
}
