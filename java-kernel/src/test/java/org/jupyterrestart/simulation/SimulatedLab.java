package org.jupyterrestart.simulation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.supervisor.AdoptionRequestBuilder;
import org.jupyterrestart.supervisor.Control;
import org.jupyterrestart.supervisor.RefusedException;

/** A JupyterLab and its tabs: says hello, saves documents, replaces itself, leaves, and is taken over from. */
final class SimulatedLab {
    /** Where it lives. */
    interface Surroundings {
        /** Whether a service is there to hear anything. */
        boolean isServed();

        /** No trouble any more. */
        boolean isCalm();

        /** Asked of nobody where no service is there. */
        void ask(Question question);

        /** At a random moment within this time. */
        void later(int withinMillis, Runnable task);
    }

    interface Question {
        void ask(Control control) throws RefusedException;
    }

    private final Surroundings world;
    private final RandomGenerator random;
    private final SimulatedOs os;
    private final SimulatedStore store;
    private final SimulatedServers servers = new SimulatedServers();
    private final boolean canRespawn;

    SimulatedLab(Surroundings world, RandomGenerator random, SimulatedOs os, SimulatedStore store) {
        this.world = world;
        this.random = random;
        this.os = os;
        this.store = store;
        canRespawn = random.nextBoolean();
    }

    /** The server that serves ends, and nobody has asked for that. */
    void crash() {
        os.rootOf("lab").ifPresent(lab -> takeOver(lab.identity(), Optional.empty()));
    }

    void check(List<Event> told) {
        servers.check(told);
    }

    void leave(Control control) throws RefusedException {
        control.leave("lab");
        if (random.nextInt(5) > 0) {
            os.rootOf("lab")
                    .ifPresent(lab -> world.later(5_000, () -> os.exit(lab.identity(), new ExitStatus.Code(0))));
        }
    }

    void startByHand() {
        if (os.rootOf("lab").isEmpty()) {
            hello(os.start("lab").identity(), Optional.empty(), false);
        }
    }

    /** Started by hand and by the service at the same moment, two would want one port. */
    void giveWay(String app) {
        os.live().stream()
                .filter(process -> process.app().equals(app) && process.marker().isEmpty())
                .filter(process -> store.saved().apps().stream()
                        .noneMatch(known -> known.state().isOf(process.identity())))
                .forEach(process -> os.exit(process.identity(), new ExitStatus.Code(1)));
    }

    /** A server says that it is there, and says it again when nobody answers. */
    void hello(ProcessIdentity lab, Optional<String> restartId, boolean tookOver) {
        if (!os.rootOf("lab").map(SimulatedOs.Process::identity).equals(Optional.of(lab))) {
            return;
        }
        if (!world.isServed()) {
            world.later(2_000, () -> hello(lab, restartId, tookOver));
            return;
        }
        world.ask(control -> {
            try {
                control.adopt(
                        "lab",
                        AdoptionRequestBuilder.server(lab.pid(), 8888)
                                .serving(servers.serving())
                                .standby(random.nextBoolean() ? servers.standby() : OptionalInt.empty())
                                .backFrom(restartId, Map.of("kernels", 3L, "away_s", 1.4))
                                .tookOver(tookOver)
                                .respawn(canRespawn)
                                .build());
            } catch (RefusedException _) {
                world.later(2_000, () -> hello(lab, restartId, tookOver));
            }
        });
        if (!world.isServed()) {
            world.later(2_000, () -> hello(lab, restartId, tookOver)); // It was killed before it answered.
        }
    }

    /** Its server ends without a word, and the one that stands by goes on, and may say so twice. */
    private void takeOver(ProcessIdentity lab, Optional<String> restartId) {
        servers.takeOver();
        hello(lab, restartId, true);
        if (random.nextInt(4) == 0) {
            world.later(2_000, () -> hello(lab, restartId, true));
        }
    }

    /** What browsers and the server do when they hear of an event. */
    void react(Event event) {
        String id = event.restartId().orElse("");
        if (!event.app().equals(Optional.of("lab"))) {
            return;
        }
        if (event.type() == EventType.RESTART_DRAINING && random.nextInt(5) > 0) {
            for (int tab = 0; tab < 3; tab++) {
                String name = "tab-" + tab;
                List<Control.UnsavedDocument> unsaved = random.nextInt(4) == 0
                        ? List.of(new Control.UnsavedDocument("b.txt", "it is read-only"))
                        : List.of();
                world.later(
                        4_000,
                        () -> world.ask(control -> control.drained("lab", id, name, List.of("a.ipynb"), unsaved)));
            }
        }
        if (event.type() == EventType.RESTART_STARTING
                && "in_place".equals(event.data().get("life"))
                // After a crash it is told of what has been.
                && !event.reason().equals(Optional.of(Reason.CRASH))) {
            boolean isAfterHang = event.reason().equals(Optional.of(Reason.HANG));
            os.rootOf("lab").ifPresent(lab -> world.later(3_000, () -> replace(lab.identity(), id, isAfterHang)));
        }
    }

    private void replace(ProcessIdentity lab, String restartId, boolean isAfterHang) {
        switch (world.isCalm() ? 0 : random.nextInt(8)) {
            case 0, 1, 2, 3, 4 -> {
                if (isAfterHang) {
                    takeOver(lab, Optional.of(restartId));
                } else {
                    hello(lab, Optional.of(restartId), false);
                }
            }
            case 5 -> world.ask(control -> control.failed("lab", restartId, "the new server did not start"));
            case 6 -> os.exit(lab, new ExitStatus.Code(1));
            default -> {}
        }
    }
}
