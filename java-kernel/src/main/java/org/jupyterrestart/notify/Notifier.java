package org.jupyterrestart.notify;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.config.Config.Webhook;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.supervisor.Clock;

/**
 * Tells webhooks what happens: each follows the event log from a cursor of its own, kept over ends of the service, so
 * that every event is sent at least once. Its methods are called by one thread at a time.
 */
public final class Notifier implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Notifier.class.getName());

    /** What is left at the end of the service is sent in this time, or else by the next one. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final World world;
    private final Map<Webhook, Subscription> subscriptions = new HashMap<>();

    /**
     * Everything around.
     *
     * @param folder of the cursors
     * @param machine the name of this host
     */
    record World(EventLog events, Clock clock, Path folder, String machine, Retry retry) {}

    Notifier(World world) {
        this.world = world;
    }

    /** @param home cursors are in {@code notify/} below it */
    public Notifier(EventLog events, Clock clock, Path home, String machine) {
        this(new World(events, clock, home.resolve("notify"), machine, Retry.USUAL));
    }

    /** These are told from now on, and no others; one that is left out and comes again begins anew. */
    public void tell(List<Webhook> webhooks) {
        Set<Webhook> wanted = Set.copyOf(merged(webhooks));
        List<Webhook> ending = subscriptions.keySet().stream()
                .filter(webhook -> !wanted.contains(webhook))
                .toList();
        end(ending.stream().map(subscriptions::remove).toList());
        if (!wanted.isEmpty() || Files.exists(world.folder())) {
            prepareFolder(wanted);
        }
        for (Webhook webhook : wanted) {
            subscriptions.computeIfAbsent(webhook, this::begin);
        }
    }

    @Override
    public void close() {
        end(List.copyOf(subscriptions.values()));
        subscriptions.clear();
    }

    private Subscription begin(Webhook webhook) {
        Subscription subscription = new Subscription(Subscriber.of(webhook), world);
        subscription.start();
        return subscription;
    }

    private void end(List<Subscription> ending) {
        ending.forEach(Subscription::close);
        long deadline = world.clock().now().nanos() + GRACE.toNanos();
        try {
            for (Subscription subscription : ending) {
                subscription.join(
                        Duration.ofNanos(deadline - world.clock().now().nanos()));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Two entries with one address are one webhook: it has one cursor. */
    private static List<Webhook> merged(List<Webhook> webhooks) {
        Map<String, List<String>> events = new LinkedHashMap<>();
        webhooks.forEach(webhook ->
                events.computeIfAbsent(webhook.url(), _ -> new ArrayList<>()).addAll(webhook.events()));
        return events.entrySet().stream()
                .map(entry -> new Webhook(entry.getKey(), entry.getValue()))
                .toList();
    }

    private void prepareFolder(Set<Webhook> wanted) {
        Set<Path> known = wanted.stream()
                .map(webhook -> Subscriber.of(webhook).cursor(world.folder()).file())
                .collect(Collectors.toSet());
        try {
            Files.createDirectories(world.folder());
            try (Stream<Path> files = Files.list(world.folder())) {
                for (Path file : files.filter(file -> !known.contains(file)).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            LOG.log(
                    WARNING,
                    "Could not tidy up %s: %s. Webhooks may be told twice what happened, after a restart of the service."
                            .formatted(world.folder(), e));
        }
    }
}
