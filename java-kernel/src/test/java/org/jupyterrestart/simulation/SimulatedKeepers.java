package org.jupyterrestart.simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.Launch;
import org.jupyterrestart.process.ProcessIdentity;
import org.jupyterrestart.process.SpawnResult;
import org.jupyterrestart.process.Standing;

/** What keepers are about to start, and what they start by themselves, each after the end of a process. */
final class SimulatedKeepers {
    private static final Launch UNKNOWN = new Launch(List.of("unknown"), Path.of("/"), Map.of(), Path.of("/"));

    private final List<Pending> pending = new ArrayList<>();
    private final Map<ProcessIdentity, Order> standing = new HashMap<>();

    /** Of which no service has taken charge, by what it was started after. */
    private final Map<ProcessIdentity, Successor> successors = new HashMap<>();

    private int life;

    private record Order(Launch launch, Standing terms) {
        boolean isMeant(Duration age, ExitStatus status) {
            return age.compareTo(terms.leastAge()) >= 0 && (terms.evenAfterSuccess() || !status.isSuccess());
        }
    }

    private record Successor(Launch launch, ProcessIdentity identity) {}

    /** An order that is on its way, of one service. */
    record Pending(Launch launch, Consumer<SpawnResult> onResult, int life) {}

    Pending take(Launch launch, Consumer<SpawnResult> onResult) {
        Pending order = new Pending(launch, onResult, life);
        pending.add(order);
        return order;
    }

    /** Once. */
    void carryOut(Pending order, Function<Launch, SpawnResult> os) {
        if (pending.remove(order)) {
            SpawnResult result = os.apply(order.launch());
            if (order.life() == life) {
                order.onResult().accept(result);
            }
        }
    }

    /** Who looks for what runs waits for the keepers that are about to start something. */
    void carryOutAll(Function<Launch, SpawnResult> os) {
        List.copyOf(pending).forEach(order -> carryOut(order, os));
    }

    void order(ProcessIdentity app, Launch next, Standing terms) {
        standing.put(app, new Order(next, terms));
    }

    void revoke(ProcessIdentity app) {
        standing.remove(app);
    }

    /** What is to be started now that it has ended like this. */
    Optional<Launch> orderAfter(ProcessIdentity ended, Duration age, ExitStatus status) {
        return Optional.ofNullable(standing.remove(ended))
                .filter(order -> order.isMeant(age, status))
                .map(Order::launch);
    }

    void startedAfter(ProcessIdentity ended, Launch launch, ProcessIdentity next) {
        successors.put(ended, new Successor(launch, next));
    }

    Optional<Launch> launchAfter(ProcessIdentity ended) {
        return Optional.ofNullable(successors.get(ended)).map(Successor::launch);
    }

    Optional<ProcessIdentity> processAfter(ProcessIdentity ended) {
        return Optional.ofNullable(successors.get(ended)).map(Successor::identity);
    }

    /** A service takes charge of it. */
    Optional<ProcessIdentity> takeStarted(Launch launch) {
        Optional<ProcessIdentity> ended = successors.entrySet().stream()
                .filter(entry -> entry.getValue().launch().equals(launch))
                .map(Map.Entry::getKey)
                .findFirst();
        return ended.map(successors::remove).map(Successor::identity);
    }

    /** Without a service nothing is started, and the next one knows of no launch of this one. */
    void forgetService() {
        life++;
        standing.clear();
        successors.replaceAll((_, successor) -> new Successor(UNKNOWN, successor.identity()));
    }
}
