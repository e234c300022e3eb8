package org.jupyterrestart.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.LocalServer;
import org.jupyterrestart.LocalServer.Asked;
import org.jupyterrestart.config.Config.Webhook;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.event.SegmentedEventLog;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.supervisor.SystemClock;

@Timeout(60)
class NotifierIT {
    private static final IntUnaryOperator WELL = _ -> 200;

    /** Long ago: only the least number of tries counts. */
    private static final Instant TIME = Instant.parse("2020-02-02T02:02:02.020Z");

    private static final Retry QUICK = new Retry(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofHours(1), 3);

    @TempDir
    Path home;

    private SegmentedEventLog events;
    private Notifier notifier;

    @BeforeEach
    void open() throws IOException {
        events = new SegmentedEventLog(home, SegmentedEventLog.Limits.USUAL);
        notifier = notifier(QUICK);
    }

    @AfterEach
    void close() throws IOException {
        notifier.close();
        events.close();
    }

    private Notifier notifier(Retry retry) {
        return new Notifier(new Notifier.World(events, new SystemClock(), home.resolve("notify"), "gpu-1", retry));
    }

    private static Webhook webhook(LocalServer server, String... patterns) {
        return new Webhook(server.url("/secret"), List.of(patterns));
    }

    private void happens(EventType... types) {
        Stream.of(types)
                .map(type -> new EventDraft(
                        TIME,
                        Optional.of("comfyui"),
                        type,
                        Optional.of("comfyui-3"),
                        Optional.of(Reason.MEMORY),
                        "Something with äöü",
                        Map.of("duration_s", 1.5)))
                .forEach(events::append);
    }

    /** These are all in the log before the first is told, whatever that brings. */
    private void missed(List<Webhook> webhooks, EventType... types) {
        notifier.tell(webhooks);
        notifier.close();
        happens(types);
        notifier.tell(webhooks);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private static void awaitAsked(LocalServer server, int count) throws InterruptedException {
        await(() -> server.asked().size() >= count);
    }

    private static List<String> told(LocalServer server) {
        return server.asked().stream()
                .map(Asked::body)
                .map(Json::readObject)
                .map(body ->
                        body.get("seq").getAsLong() + " " + body.get("event").getAsString())
                .toList();
    }

    private List<String> history() {
        return events.since(0, 100).stream()
                .map(event -> event.seq() + " " + event.type().wireName())
                .toList();
    }

    @Test
    void eventIsPostedAsTheContractHasIt() throws Exception {
        try (LocalServer server = new LocalServer(WELL)) {
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.RESTART_COMPLETED);
            awaitAsked(server, 1);
            assertEquals(
                    Json.readObject("""
                        {"event": "restart.completed", "timestamp": "2020-02-02T02:02:02.020Z", "app": "comfyui",
                         "reason": "memory", "restart_id": "comfyui-3", "message": "Something with äöü",
                         "data": {"duration_s": 1.5}, "machine": "gpu-1", "seq": 1}
                        """),
                    Json.readObject(server.asked().getFirst().body()));
        }
    }

    @Test
    void onlyWantedEventsAreToldInTheirOrder() throws Exception {
        try (LocalServer server = new LocalServer(WELL)) {
            happens(EventType.RESTART_FAILED);
            notifier.tell(List.of(webhook(server, "restart.*"), webhook(server, "app.crashed")));
            happens(
                    EventType.RESTART_INITIATED,
                    EventType.APP_READY,
                    EventType.APP_CRASHED,
                    EventType.RESTART_COMPLETED);
            awaitAsked(server, 3);
            notifier.close();
            assertEquals(List.of("2 restart.initiated", "4 app.crashed", "5 restart.completed"), told(server));
        }
    }

    @Test
    void receiverThatRecoversHasTheEventUnderOneId() throws Exception {
        try (LocalServer server = new LocalServer(number -> number < 3 ? 503 : 200)) {
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.RESTART_COMPLETED, EventType.APP_READY);
            awaitAsked(server, 4);
            assertEquals(
                    List.of("1 restart.completed", "1 restart.completed", "1 restart.completed", "2 app.ready"),
                    told(server));
            List<String> ids = server.asked().stream()
                    .map(asked -> asked.headers().get("webhook-id"))
                    .toList();
            assertEquals(List.of(ids.get(0), ids.get(0), ids.get(0), ids.get(3)), ids);
            assertEquals(2, ids.stream().distinct().count());
            assertEquals(List.of("1 restart.completed", "2 app.ready"), history());
        }
    }

    @Test
    void receiverThatHangsHoldsUpNoOther() throws Exception {
        try (LocalServer hanging = new LocalServer(_ -> LocalServer.HANG);
                LocalServer well = new LocalServer(WELL)) {
            notifier.tell(List.of(webhook(hanging, "*"), webhook(well, "*")));
            happens(EventType.RESTART_COMPLETED, EventType.APP_READY);
            awaitAsked(hanging, 1);
            awaitAsked(well, 2);
            assertEquals(List.of("1 restart.completed", "2 app.ready"), told(well));
            assertEquals(List.of("1 restart.completed"), told(hanging));
        }
    }

    @Test
    void outageIsOneEventThatOthersAreToldAndItselfNot() throws Exception {
        try (LocalServer down = new LocalServer(_ -> 500);
                LocalServer well = new LocalServer(WELL)) {
            missed(List.of(webhook(down, "*"), webhook(well, "*")), EventType.RESTART_COMPLETED, EventType.APP_READY);
            awaitAsked(down, 6);
            awaitAsked(well, 3);
            happens(EventType.APP_CRASHED);
            awaitAsked(down, 9);
            awaitAsked(well, 4);
            notifier.close();
            assertEquals(List.of("1 restart.completed", "2 app.ready", "3 notify.failed", "4 app.crashed"), history());
            assertEquals(history(), told(well));
            assertEquals(
                    List.of("1 restart.completed", "2 app.ready", "4 app.crashed"),
                    told(down).stream().distinct().toList());
            Event failure = events.since(2, 1).getFirst();
            String site = down.url("/").replace("http://", "").replace("/", "");
            assertEquals(
                    "The webhook at %s was not told of restart.completed (event 1), tried 3 times: it answered 500. Look whether it runs, and at its url in [[notify]]; what happens next is still sent to it"
                            .formatted(site),
                    failure.message());
        }
    }

    @Test
    void outageIsToldLongBeforeAnythingIsGivenUp() throws Exception {
        try (LocalServer down = new LocalServer(number -> number < 6 ? 503 : 200)) {
            notifier.tell(List.of(webhook(down, "*")));
            events.append(new EventDraft(
                    Instant.now(),
                    Optional.empty(),
                    EventType.SERVICE_STARTED,
                    Optional.empty(),
                    Optional.empty(),
                    "It has started",
                    Map.of()));
            awaitAsked(down, 6);
            notifier.close();
            assertEquals(List.of("1 service.started", "2 notify.failed"), history());
            Event failure = events.since(1, 1).getFirst();
            assertEquals(false, failure.data().get("given_up"));
            assertEquals(
                    "The webhook at %s was not told of service.started (event 1), tried 3 times: it answered 503. Look whether it runs, and at its url in [[notify]]; it is tried again until the event is an hour old"
                            .formatted(down.url("/").replace("http://", "").replace("/", "")),
                    failure.message());
            assertEquals(
                    List.of("1 service.started"), told(down).stream().distinct().toList());
        }
    }

    @Test
    void eventThatIsRefusedDoesNotHoldUpTheNext() throws Exception {
        try (LocalServer server = new LocalServer(number -> number == 1 ? 400 : 200)) {
            missed(List.of(webhook(server, "*")), EventType.RESTART_COMPLETED, EventType.APP_READY);
            awaitAsked(server, 2);
            assertEquals(List.of("1 restart.completed", "2 app.ready"), told(server));
        }
    }

    @Test
    void nextServiceGoesOnWhereTheLastOneWas() throws Exception {
        try (LocalServer server = new LocalServer(WELL)) {
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.RESTART_INITIATED);
            awaitAsked(server, 1);
            notifier.close();
            happens(EventType.RESTART_COMPLETED);
            notifier = notifier(QUICK);
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.APP_READY);
            awaitAsked(server, 3);
            assertEquals(List.of("1 restart.initiated", "2 restart.completed", "3 app.ready"), told(server));
        }
    }

    @Test
    void whatCouldNotBeToldBeforeTheEndIsToldByTheNextService() throws Exception {
        Retry patient = new Retry(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), 9);
        try (LocalServer server = new LocalServer(number -> number == 1 ? 503 : 200)) {
            notifier = notifier(patient);
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.RESTART_COMPLETED);
            awaitAsked(server, 1);
            notifier.close();
            notifier = notifier(QUICK);
            notifier.tell(List.of(webhook(server, "*")));
            awaitAsked(server, 2);
            assertEquals(List.of("1 restart.completed", "1 restart.completed"), told(server));
            assertEquals(List.of("1 restart.completed"), history());
        }
    }

    @Test
    void closingSendsWhatHasJustHappened() throws Exception {
        try (LocalServer server = new LocalServer(WELL)) {
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.SERVICE_STARTED);
            awaitAsked(server, 1);
            happens(EventType.SERVICE_STOPPED);
            notifier.close();
            assertEquals(List.of("1 service.started", "2 service.stopped"), told(server));
        }
    }

    @Test
    void webhookThatWasLeftOutBeginsAnew() throws Exception {
        try (LocalServer server = new LocalServer(WELL)) {
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.RESTART_INITIATED);
            awaitAsked(server, 1);
            notifier.tell(List.of());
            assertEquals(List.of(), namesIn(home.resolve("notify")));
            happens(EventType.RESTART_COMPLETED);
            notifier.tell(List.of(webhook(server, "*")));
            happens(EventType.APP_READY);
            awaitAsked(server, 2);
            assertEquals(List.of("1 restart.initiated", "3 app.ready"), told(server));
        }
    }

    private static List<Path> namesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName).toList();
        }
    }
}
