package org.jupyterrestart.simulation;

import static java.util.stream.Collectors.toSet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.AppMachine;
import org.jupyterrestart.lifecycle.CronLines;
import org.jupyterrestart.lifecycle.Machine;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.HookRunner;
import org.jupyterrestart.supervisor.Ports;
import org.jupyterrestart.supervisor.RefusedException;
import org.jupyterrestart.supervisor.SimulatedLoop;
import org.jupyterrestart.supervisor.Supervisor;

/**
 * One history of the real supervisor in a simulated world: {@code work} is stopped and started, {@code lab} replaces
 * itself. Users command, programs crash, the service is killed at any call it makes and comes back. Fails when an
 * invariant does not hold.
 */
final class World implements SimulatedLab.Surroundings {
    /** Each seven minutes, whatever the line says. */
    private static final CronLines CRON =
            (_, _, after) -> Optional.of(after.plusSeconds(420 - Math.floorMod(after.getEpochSecond(), 420)));

    private static final List<String> APPS = List.of("base", "work", "lab");

    private final RandomGenerator random;
    private final VirtualClock clock = new VirtualClock();
    private final Death death = new Death();
    private final SimulatedOs os;
    private final SimulatedLog log = new SimulatedLog(death);
    private final SimulatedGpus gpus = new SimulatedGpus();
    private final SimulatedStore store = new SimulatedStore(death);
    private final Invariants invariants;
    private final Machine machine;
    private final SimulatedConfig configs;
    private final SimulatedLab lab;
    private SimulatedLoop loop;
    private Optional<Supervisor> service = Optional.empty();
    private int life;
    private int heard;
    private boolean isCalm;

    /** Commands of users so far. */
    private int commands;

    /** {@code mutation} may break the machine, to see whether it is caught. */
    World(RandomGenerator random, UnaryOperator<Machine> mutation) {
        this.random = random;
        os = new SimulatedOs(random, clock, death);
        invariants = new Invariants(os, log, store);
        lab = new SimulatedLab(this, random, os, store);
        os.onSpawn(this::spawned);
        os.beforeSpawn(lab::giveWay);
        os.onExit(this::freeGpu);
        os.hasGpu(pid -> gpus.of(pid) > 0);
        if (random.nextBoolean()) {
            gpus.remove();
        } else if (random.nextInt(4) == 0) {
            gpus.hidePids();
        }
        machine = new StartRules(store).watch(mutation.apply(new AppMachine(CRON)));
        configs = new SimulatedConfig(random);
    }

    void run() {
        os.start("");
        comeBack();
        for (int step = 0; step < 40; step++) {
            oneStep();
        }
        quiet();
    }

    private void oneStep() {
        switch (random.nextInt(18)) {
            case 0, 1, 2 -> command(APPS.get(random.nextInt(3)));
            case 3, 4, 5 -> pass(Duration.ofMillis(random.nextInt(5_000)));
            case 6, 7 -> pass(Duration.ofSeconds(random.nextInt(400)));
            case 8 ->
                os.live().stream()
                        .filter(process -> !process.app().isEmpty())
                        .skip(random.nextInt(3))
                        .findFirst()
                        .ifPresent(process -> os.exit(process.identity(), new ExitStatus.Code(random.nextInt(2))));
            case 9 -> death.comeAfter(random.nextInt(30));
            case 10 -> lab.startByHand();
            case 11 -> editConfig();
            case 12 -> takePort();
            case 13 -> growOnGpu();
            case 16 -> lab.crash();
            case 17 -> seldom(this::endWithApps);
            case 14 -> clock.suspend(Duration.ofMinutes(random.nextInt(60)));
            default -> {
                clock.jump(Duration.ofMinutes(random.nextInt(-60, 60)));
                os.start("");
            }
        }
        turn();
    }

    private void command(String app) {
        commands++;
        ask(control -> {
            switch (random.nextInt(15)) {
                case 0, 1 -> control.restart(app, Reason.MANUAL, random.nextBoolean());
                case 2 -> control.stop(app);
                case 3 -> control.start(app);
                case 4 -> control.enable(app, random.nextBoolean());
                case 5 -> control.postpone(app, Duration.ofMinutes(random.nextInt(10)));
                case 6 -> control.restartIn(app, Duration.ofMinutes(random.nextInt(10)));
                case 7 -> lab.leave(control);
                case 8 -> control.restart(app, Reason.HANG, false);
                case 11, 12 ->
                    control.restartTogether(
                            random.nextBoolean() ? List.of() : List.of("base", "work"), Reason.MANUAL, false);
                case 13 -> control.stopTogether(random.nextBoolean() ? List.of() : List.of("base", "work"));
                case 14 -> control.startTogether(random.nextBoolean() ? List.of() : List.of("base", "work"));
                case 9 -> control.clientPolls("tab-" + random.nextInt(3), Duration.ofSeconds(25));
                default -> control.clientGone("tab-" + random.nextInt(3));
            }
        });
    }

    /** Somebody else listens where {@code work} wants to, for a while. */
    private void takePort() {
        if (os.rootOf("work").isEmpty()) {
            ProcessIdentity other = os.start("").identity();
            os.listen(SimulatedConfig.PORT, other);
            later(300_000, () -> os.exit(other, new ExitStatus.Code(0)));
        }
    }

    private void growOnGpu() {
        os.rootOf("work").ifPresent(work -> gpus.give(work.identity().pid(), (long) random.nextInt(16_000) << 20));
    }

    /** A driver takes its time, and now and then keeps what it has. */
    private void freeGpu(SimulatedOs.Process process) {
        int pid = process.identity().pid();
        long bytes = gpus.of(pid);
        gpus.give(pid, 0);
        if (bytes > 0 && random.nextInt(3) == 0) {
            gpus.add(bytes);
            if (random.nextInt(3) > 0) {
                later(40_000, () -> gpus.add(-bytes));
            }
        }
    }

    /** It also changes while no service looks. */
    private void editConfig() {
        configs.edit();
        service.ifPresent(supervisor -> mortally(() -> supervisor.changed(configs::inForce)));
    }

    private void spawned(SimulatedOs.Process root) {
        if (random.nextBoolean()) {
            gpus.give(root.identity().pid(), (long) random.nextInt(8_000) << 20);
        }
        if (root.app().equals("lab")) {
            later(5_000, () -> lab.hello(root.identity(), Optional.empty(), false));
        }
        if (random.nextInt(4) == 0) {
            // A command that comes in while the service is starting the app.
            loop.submit(() -> command(root.app()));
        }
    }

    @Override
    public void later(int withinMillis, Runnable task) {
        clock.after(Duration.ofMillis(random.nextInt(withinMillis)), task);
    }

    @Override
    public void ask(SimulatedLab.Question question) {
        service.ifPresent(control -> {
            try {
                question.ask(control);
            } catch (RefusedException _) {
                // A user's mistake.
            } catch (Death.Killed _) {
                die();
            }
        });
    }

    @Override
    public boolean isServed() {
        return service.isPresent();
    }

    @Override
    public boolean isCalm() {
        return isCalm;
    }

    private void pass(Duration time) {
        clock.advance(time, this::turn);
    }

    /** The service does what it has to do now, and the world hears of it. */
    private void turn() {
        if (service.isPresent()) {
            mortally(loop::runAll);
        }
        while (heard < log.all().size()) {
            Event event = log.all().get(heard++);
            if (event.type() == EventType.SERVICE_ERROR) {
                throw new AssertionError(event.message());
            }
            lab.react(event);
        }
    }

    private void mortally(Runnable task) {
        try {
            task.run();
        } catch (Death.Killed _) {
            die();
        }
    }

    /** What takes long. */
    private void seldom(Runnable task) {
        if (random.nextInt(6) == 0) {
            task.run();
        }
    }

    /** The service ends, and takes its apps along. */
    private void endWithApps() {
        int mine = life;
        int asked = commands;
        long seq = log.lastSeq();
        Set<String> wanted = wantedUp();
        long limit = clock.now().nanos() + Duration.ofHours(1).toNanos();
        log.onAwait(() -> {
            if (clock.now().nanos() > limit) {
                throw new AssertionError("the apps can't be stopped: " + store.saved());
            }
            pass(Duration.ofSeconds(1));
            if (life != mine) {
                throw new Death.Killed();
            }
        });
        service.ifPresent(ending -> {
            try {
                ending.stopApps();
                ending.shutDown();
                boolean hasFinished = log.since(seq, Integer.MAX_VALUE).stream()
                        .anyMatch(event -> event.message().endsWith("has finished"));
                if (commands == asked && !hasFinished && !wantedUp().containsAll(known(wanted))) {
                    throw new AssertionError(
                            "with the end of the service %s are wanted, not %s".formatted(wantedUp(), wanted));
                }
                die();
            } catch (Death.Killed _) {
                if (life == mine) {
                    die();
                }
            } catch (InterruptedException | RefusedException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** By the next service. */
    private Set<String> wantedUp() {
        return store.saved().apps().stream()
                .map(App::forNextService)
                .filter(App::isWantedUp)
                .map(App::name)
                .collect(toSet());
    }

    /** Without those that no config speaks of any more. */
    private Set<String> known(Set<String> names) {
        return store.saved().apps().stream()
                .map(App::name)
                .filter(names::contains)
                .collect(toSet());
    }

    private void die() {
        service = Optional.empty();
        loop.end();
        life++;
        os.forgetService();
        later(30_000, this::comeBack);
    }

    private void comeBack() {
        loop = new SimulatedLoop();
        int mine = life;
        Clock mortal = new MortalClock(clock, () -> life == mine, this::mortally);
        Supervisor next = loop.supervisor(
                configs.inForce().config(),
                (name, preset, how) -> new AppSpecBuilder(name)
                        .preset("jupyterlab")
                        .life(how)
                        .autostart(configs.isLabStarted())
                        .unsaved(AppSpec.Unsaved.values()[random.nextInt(2)])
                        .build(),
                new Ports(
                        os,
                        log,
                        new SimulatedSampler(random, () -> isCalm),
                        gpus,
                        mortal,
                        store,
                        new SimulatedProber(random, mortal, () -> isCalm),
                        this::runHooks,
                        new SimulatedWork(random, () -> isCalm),
                        Path.of("/home"),
                        Map.of()),
                machine,
                CRON);
        service = Optional.of(next);
        mortally(next::start);
        turn();
    }

    private void runHooks(HookRunner.HookRun run, Consumer<List<HookRunner.Failure>> onDone) {
        int mine = life;
        later(4_000, () -> {
            if (life == mine) {
                onDone.accept(
                        random.nextInt(4) == 0
                                ? List.of(new HookRunner.Failure(run.hooks().getFirst(), "it failed"))
                                : List.of());
            }
        });
    }

    /** No more trouble: now everything must come to rest where its user wants it. */
    private void quiet() {
        os.calmDown();
        isCalm = true;
        death.spare();
        pass(Duration.ofMinutes(1));
        boolean isStopped = random.nextBoolean();
        for (String app : APPS) {
            ask(control -> control.enable(app, false));
            if (isStopped) {
                ask(control -> control.stop(app));
            }
        }
        // A slow lane, and restarts that users have set a time for.
        pass(Duration.ofMinutes(20));
        for (int minute = 0; minute < 20 && !invariants.isAtRest(); minute++) {
            pass(Duration.ofMinutes(1));
        }
        invariants.check();
        lab.check(log.all());
    }

    /** For people who look into a failing seed. */
    List<String> story() {
        List<String> lines = new ArrayList<>();
        log.all()
                .forEach(event -> lines.add("%s %s %s %s %s"
                        .formatted(
                                event.time(),
                                event.app().orElse("-"),
                                event.type().wireName(),
                                event.restartId().orElse("-"),
                                event.message())));
        return lines;
    }

    /** How many events this history had. */
    int length() {
        return log.all().size();
    }
}
