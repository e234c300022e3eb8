package org.jupyterrestart.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.Hooks;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Limits;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppState;
import org.jupyterrestart.lifecycle.Deadline;
import org.jupyterrestart.lifecycle.Hello;
import org.jupyterrestart.lifecycle.History;
import org.jupyterrestart.lifecycle.Instance;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.lifecycle.PlannedRestart;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.lifecycle.Remark;
import org.jupyterrestart.lifecycle.RestartPolicy;
import org.jupyterrestart.lifecycle.RestartRun;
import org.jupyterrestart.lifecycle.Schedule;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;

/** Apps in every state, with everything that can be known of one. */
record RandomApps(RandomGenerator random) {
    SavedState state() {
        List<App> apps = List.of(app("a", stateOf(0)), app("b", stateOf(random.nextInt(21))));
        EventDraft draft = new EventDraft(
                time(),
                Optional.of("a"),
                pick(EventType.values()),
                maybe("a-1"),
                maybe(pick(Reason.values())),
                text(),
                Map.of("count", random.nextLong(1L << 58), "list", List.of(text()), "share", 0.5));
        return new SavedState(apps, random.nextLong(1_000_000), List.of(draft), Optional.of(storm(random)));
    }

    private static Storm storm(RandomGenerator random) {
        return new Storm(random.nextBoolean(), List.of(random.nextLong(1L << 58)), random.nextLong(1L << 58));
    }

    App app(String name, AppState state) {
        return new App(
                spec(name),
                state,
                random.nextInt(1_000),
                now(),
                pick(App.Wanted.values()),
                random.nextBoolean(),
                maybe(new RestartRun(
                        name + "-7",
                        pick(Reason.values()),
                        random.nextBoolean(),
                        now(),
                        List.of(text()),
                        List.of(new RestartRun.Unsaved(text(), text())),
                        Map.of("kernels", 3L, "away_s", 1.25, "lost_kernels", List.of()))),
                maybe(new PlannedRestart(time(), random.nextBoolean(), random.nextBoolean())),
                maybe(new Hello(
                        life(),
                        maybe(2).map(OptionalInt::of).orElse(OptionalInt.empty()),
                        maybe(2).map(OptionalInt::of).orElse(OptionalInt.empty()),
                        maybe(1).map(OptionalInt::of).orElse(OptionalInt.empty()),
                        maybe(text()),
                        maybe(program()),
                        List.of(new Note(text(), text(), text())))),
                new History(
                        random.nextInt(100),
                        random.nextInt(100),
                        maybe(new History.LastRestart(time(), pick(Reason.values()))),
                        List.of(random.nextLong(1L << 58), random.nextLong(1L << 58))));
    }

    /** Each number from 0 to 20 is another state. */
    AppState stateOf(int kind) {
        Optional<ExitStatus> failure =
                maybe(List.of(new ExitStatus.Code(3), new ExitStatus.Signal(9), new ExitStatus.Unknown())
                        .get(random.nextInt(3)));
        return switch (kind) {
            case 0 -> new AppState.Stopped();
            case 1 -> new AppState.Failed(text());
            case 2 -> new AppState.Waiting(text(), deadline());
            case 3 -> new AppState.Spawning(text());
            case 12 -> new AppState.Queued(text(), random.nextBoolean(), deadline());
            case 13 -> new AppState.InLine(instance(), text(), deadline());
            case 4 -> new AppState.Starting(instance(), deadline());
            case 5 -> new AppState.Running(instance());
            case 6 -> new AppState.Preparing(instance(), deadline());
            case 7 -> new AppState.Draining(instance(), deadline(), random.nextBoolean(), List.of(text()));
            case 8 -> new AppState.Replacing(instance(), deadline());
            case 9 -> new AppState.Restoring(instance(), deadline());
            case 10 -> new AppState.Leaving(instance(), deadline());
            case 11 -> new AppState.Stopping(instance(), random.nextInt(3), deadline(), failure);
            case 14 -> new AppState.AwaitingIdle(instance(), deadline(), maybe(text()));
            case 15 -> new AppState.Blocked(text());
            case 16 -> new AppState.Reclaiming(instance(), deadline(), failure);
            case 17 -> new AppState.DrainingWork(instance(), deadline(), pick(Work.Ask.values()));
            case 18 -> new AppState.RestoringWork(instance(), deadline());
            case 19 -> new AppState.AwaitingStop(instance(), text(), deadline());
            default -> new AppState.Verifying(instance(), random.nextInt(3), deadline(), failure, List.of(text()));
        };
    }

    private AppSpec spec(String name) {
        Schedule.Manners manners = new Schedule.Manners(
                Duration.ofMinutes(5),
                List.of(new Schedule.Quiet(LocalTime.of(22, 0), LocalTime.of(7, 0))),
                pick(Schedule.Missed.values()),
                ZoneId.of(pick("Europe/Paris", "UTC", "Z", "+05:30")));
        AppSpecBuilder spec = new AppSpecBuilder(name)
                .title(text())
                .life(life())
                .program(program())
                .schedule(pick(
                        Schedule.never(),
                        new Schedule.Every(Duration.ofHours(6), manners),
                        new Schedule.Cron("0 3 * * *", manners)))
                .stop(StopSequence.termThenKill(Duration.ofMillis(1 + random.nextInt(9_000))))
                .keep(List.of(text()))
                .limits(new Limits(
                        OptionalLong.of(random.nextLong(1L << 58)),
                        OptionalLong.empty(),
                        OptionalLong.of(1),
                        OptionalLong.of(2)))
                .restart(new RestartPolicy(
                        pick(RestartPolicy.On.values()),
                        Duration.ofMillis(1 + random.nextInt(100)),
                        1 + random.nextInt(8) / 4.0,
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(2),
                        1 + random.nextInt(9),
                        Duration.ofMinutes(3),
                        Duration.ofMinutes(4)))
                .hooks(new Hooks(
                        List.of(new Hook(new Hook.Deed.Run(List.of(text())), Hook.TIMEOUT, true)),
                        List.of(new Hook(new Hook.Deed.Http(pick(Hook.Method.values()), text()), Hook.TIMEOUT, false)),
                        List.of()))
                .dependsOn(List.of(text()))
                .standby(pick(AppSpec.Standby.values()))
                .unsaved(pick(AppSpec.Unsaved.values()));
        return spec.probe(new ProbeSpec(
                        pick(
                                new ProbeSpec.Check.Http(text()),
                                new ProbeSpec.Check.LifeSign(text()),
                                new ProbeSpec.Check.Stir(text()),
                                new ProbeSpec.Check.Tcp("127.0.0.1", 80),
                                new ProbeSpec.Check.Exec(List.of(text())),
                                new ProbeSpec.Check.Queue(text(), Duration.ofMinutes(30)),
                                new ProbeSpec.Check.Progress(
                                        pick(
                                                new ProbeSpec.Trace.Cpu(),
                                                new ProbeSpec.Trace.Output(),
                                                new ProbeSpec.Trace.Path(Path.of("/renders"))),
                                        List.of(text()))),
                        ProbeSpec.EVERY,
                        ProbeSpec.TIMEOUT,
                        ProbeSpec.FAILURES))
                .build();
    }

    private Program program() {
        return new Program(
                List.of(text(), text()), maybe(Path.of("/srv", text())), Map.of("A", text()), random.nextBoolean());
    }

    private Life life() {
        return pick(Life.STOP_START, Life.IN_PLACE);
    }

    private Instance instance() {
        return new Instance(
                new ProcessIdentity("boot", 1 + random.nextInt(99_999), random.nextLong(1L << 40)),
                text(),
                now(),
                maybe(now()),
                List.of(new Remark(pick(Limits.Resource.values()), pick(Remark.What.values()))));
    }

    private Deadline deadline() {
        return new Deadline(time(), Duration.ofMillis(random.nextInt(100_000)));
    }

    private Now now() {
        return new Now(time(), random.nextLong(1L << 58));
    }

    private Instant time() {
        return Instant.ofEpochMilli(1_795_000_000_000L + random.nextInt(1_000_000_000));
    }

    private String text() {
        return pick("a", "two words", "\"quoted\"", "naïve 🚀", "line\nbreak", "back\\slash");
    }

    private <T> Optional<T> maybe(T value) {
        return random.nextBoolean() ? Optional.of(value) : Optional.empty();
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }
}
